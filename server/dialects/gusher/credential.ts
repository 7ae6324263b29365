// Accounts and their passwords. Passwords are stored as slow hashes. A right password is remembered, so its next check is fast.
import { randomBytes, scrypt } from 'node:crypto';
import { createBlindDigest, sameBytes } from '../../base/digest.ts';
import { RelayError } from '../../base/errors.ts';
import { createLimiter, type Limiter } from '../../base/limiter.ts';

/** An account and its password. */
export interface Credential {
  /** Whether this is the right pair, and `matches` has checked it before. Fast. */
  remembers(account: string, password: string): boolean;
  /**
   * Whether this is the right pair. A wrong account takes as long as a wrong password.
   * @throws RelayError `unavailable` when too many passwords are being checked at once
   */
  matches(account: string, password: string): Promise<boolean>;
}

/** Costs 16 MiB and about 50 ms per guess. One of OWASP's settings for scrypt (password storage cheat sheet). */
const COST = { N: 16_384, r: 8, p: 5 };
const KEY_LENGTH = 32;
const SALT_LENGTH = 16;
const HASH = /^scrypt\$(\d+)\$(\d+)\$(\d+)\$([\w-]+)\$([\w-]+)$/;
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/** Bounds concurrent checks: each takes 16 MiB, and they share Node's few threads with file access. */
export function createPasswordLimiter(): Limiter {
  return createLimiter({ concurrency: 2, queue: 32 });
}

function derive(password: string, salt: Buffer, cost: typeof COST): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { ...cost, maxmem: 256 * cost.N * cost.r };
    scrypt(password, salt, KEY_LENGTH, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

async function within<T>(limiter: Limiter, work: () => Promise<T>): Promise<T> {
  const release = await limiter.acquire();
  if (release === undefined) throw new RelayError('unavailable', 'too many logins at once', { retryAfter: 1 });
  try {
    return await work();
  } finally {
    release();
  }
}

/** The hash of a password: `scrypt$N$r$p$salt$key`. @throws RelayError as {@link Credential.matches} */
export async function hashPassword(password: string, limiter: Limiter): Promise<string> {
  const salt = randomBytes(SALT_LENGTH);
  const key = await within(limiter, () => derive(password, salt, COST));
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$');
}

/** True for what {@link hashPassword} writes. */
export function isHash(text: string): boolean {
  return HASH.test(text);
}

async function isHashOf(hash: string, password: string): Promise<boolean> {
  const [, N, r, p, salt = '', key = ''] = HASH.exec(hash) ?? [];
  const expected = Buffer.from(key, 'base64url');
  const shown = await derive(password, Buffer.from(salt, 'base64url'), { N: Number(N), r: Number(r), p: Number(p) });
  return sameBytes(expected, shown);
}

/** @param stored a hash of {@link hashPassword} */
export function hashedCredential(account: string, stored: string, limiter: Limiter): Credential {
  return rememberingCredential(account, (password) => within(limiter, () => isHashOf(stored, password)));
}

/** A credential that nothing matches. Its check takes as long as that of a hashed one. */
export function decoyCredential(limiter: Limiter): Credential {
  const [salt, key] = [randomBytes(SALT_LENGTH), randomBytes(KEY_LENGTH)].map((bytes) => bytes.toString('base64url'));
  return hashedCredential('', ['scrypt', COST.N, COST.r, COST.p, salt, key].join('$'), limiter);
}

/** @param written a plain password, or gusher's bcrypt hash of account and password as one text */
export function writtenCredential(account: string, written: string, limiter: Limiter): Credential {
  if (!BCRYPT.test(written)) return rememberingCredential(account, async () => false, written);
  return rememberingCredential(account, async (password) => {
    // Loaded only for accounts with such a hash.
    const { compare } = await import('bcryptjs');
    return within(limiter, () => compare(account + password, written));
  });
}

/** Remembers a digest of the right pair, because every call sends it and hashing is slow. Hashes wrong pairs each time. */
function rememberingCredential(
  account: string,
  isRight: (password: string) => Promise<boolean>,
  right?: string,
): Credential {
  const digestText = createBlindDigest();
  const digest = (name: string, password: string) => digestText(JSON.stringify([name, password]));
  let known = right === undefined ? undefined : digest(account, right);
  const remembers = (name: string, password: string) => known !== undefined && sameBytes(known, digest(name, password));
  return {
    remembers,
    async matches(name, password) {
      if (remembers(name, password)) return true;
      // Hashes for wrong accounts too. Otherwise the time would show which accounts exist.
      const matches = (await isRight(password)) && name === account;
      if (matches) known = digest(name, password);
      return matches;
    },
  };
}
