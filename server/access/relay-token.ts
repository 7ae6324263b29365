// The token of the relay, and how a new one takes its place while the relay runs, on every node. Tokens of devices are signed
// with a key that comes from it. After a change, those that were signed before stay good for as long as the owner wants.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { isObject } from '../../shared/object.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger } from '../base/logger.ts';
import { createTokenCheck, type TokenCheck } from './token.ts';

/** A key that signs and checks tokens of devices. */
export interface DeviceKey {
  /** Identifies the key. */
  readonly id: string;
  readonly key: KeyObject;
}

/** The token of one relay. */
export interface RelayToken extends TokenCheck {
  /** The token as it is now. */
  text(): string;
  /** The keys that count now. The first one signs. */
  deviceKeys(): readonly DeviceKey[];
  /**
   * Makes a new token. The old one ends at once.
   * @param keep how long tokens of devices that were signed before stay good, in ms
   * @throws RelayError `forbidden` if the token is set in the config, `conflict` if another one was made at the same time
   */
  rotate(keep: number): Promise<string>;
  /** Calls the listener when the token was replaced on any node. */
  onReplaced(listener: (before: string) => void): void;
  /** Calls the listener when what was opened before has to show a token again: the token was replaced, or an older key has ended. */
  onEnded(listener: () => void): void;
  close(): void;
}

/** What keeps the token, see `SecretStore` of the backend. */
export interface TokenStore {
  get(name: string, make: () => string): Promise<string>;
  find(name: string): Promise<string | undefined>;
  replace(name: string, from: string, changes: Readonly<Record<string, string>>): Promise<boolean>;
  onReplaced(listener: () => void): void;
}

/** What {@link createRelayToken} needs. */
export interface RelayTokenPorts {
  /** The token in the config. Absent: the relay makes one and keeps it. */
  readonly configured: string | undefined;
  readonly store: TokenStore;
  /** The relay's own random key, at least 32 bytes. */
  readonly signingKey: Uint8Array;
  /** Makes the text of a token. */
  make(): string;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** The names of the secrets. */
const TOKEN = 'token';
const OLDER = 'olderDeviceKeys';
/** The most older keys that count at once. */
const MAX_OLDER = 5;
/** The longest delay of a timer in ms. */
const MAX_WAIT = 2 ** 31 - 1;
/** Wait in ms after a change that could not be read. */
const PAUSE = 1000;

/** The older keys as they are stored. Not the older tokens, because those must not come back. */
type Older = readonly { readonly key: string; readonly until: number }[];

function parseOlder(text: string): Older {
  const value: unknown = JSON.parse(text);
  return (Array.isArray(value) ? value : []).flatMap((one: unknown) =>
    isObject(one) && typeof one['key'] === 'string' && typeof one['until'] === 'number'
      ? [{ key: one['key'], until: one['until'] }]
      : [],
  );
}

/** The key for the tokens of devices under this token. @throws Error if the signing key is too short */
export function deviceKeyOf(signingKey: Uint8Array, token: string): DeviceKey {
  if (signingKey.length < 32) throw new Error('the signing key is shorter than 32 bytes');
  return readKey(Buffer.from(hkdfSync('sha256', signingKey, token, 'herald device token', 32)).toString('base64url'));
}

function readKey(id: string): DeviceKey {
  return { id, key: createSecretKey(Buffer.from(id, 'base64url')) };
}

/** Loads the token, or makes the first one. */
export async function createRelayToken(ports: RelayTokenPorts): Promise<RelayToken> {
  const { configured, store, signingKey, make, clock, logger } = ports;
  const fault = (error: unknown) => logger.error({ err: error }, 'listener fault');
  const replaced = createListeners<[before: string]>(fault);
  const ended = createListeners<[]>(fault);
  let text = configured ?? (await store.get(TOKEN, make));
  let check = createTokenCheck(text);
  let own = deviceKeyOf(signingKey, text);
  let older: readonly (DeviceKey & { readonly until: number })[] = [];
  let timer: Timer;
  let isClosed = false;

  /** What is stored of older keys. None count beside a token of the config, whose changes the relay does not see. */
  async function readOlder(): Promise<Older> {
    const found = configured === undefined ? await store.find(OLDER) : undefined;
    return found === undefined ? [] : parseOlder(found);
  }

  function follow(kept: Older): void {
    clock.clearTimeout(timer);
    const now = clock.now();
    older = kept.filter(({ until }) => until > now).map(({ key, until }) => ({ ...readKey(key), until }));
    const next = Math.min(...older.map(({ until }) => until));
    if (older.length === 0 || isClosed) return;
    timer = clock.setTimeout(
      () => {
        const before = older.length;
        follow(older.map(({ id, until }) => ({ key: id, until })));
        if (older.length < before) ended.tell();
      },
      Math.min(next - now, MAX_WAIT),
    );
  }

  function take(next: string, kept: Older): void {
    const before = text;
    text = next;
    check = createTokenCheck(next);
    own = deviceKeyOf(signingKey, next);
    follow(kept);
    if (before === next) return;
    replaced.tell(before);
    ended.tell();
  }

  async function readAgain(): Promise<void> {
    if (configured !== undefined || isClosed) return;
    try {
      const [next, kept] = [await store.find(TOKEN), await readOlder()];
      if (next !== undefined && !isClosed) take(next, kept);
    } catch (error) {
      logger.warn({ err: error }, 'the new token cannot be read; trying again');
      clock.setTimeout(() => void readAgain(), PAUSE);
    }
  }

  follow(await readOlder());
  store.onReplaced(() => void readAgain());
  return {
    text: () => text,
    matches: (given) => check.matches(given),
    deviceKeys: () => [own, ...older.filter(({ until }) => until > clock.now())],
    async rotate(keep) {
      if (configured !== undefined) {
        throw new RelayError('forbidden', 'the token is set in the config: change it there, and restart the relay');
      }
      const next = make();
      const until = clock.now() + keep;
      const all = [{ id: own.id, until }, ...older].map((one) => ({ key: one.id, until: Math.min(one.until, until) }));
      const kept = keep === 0 ? [] : all.slice(0, MAX_OLDER);
      if (!(await store.replace(TOKEN, text, { [TOKEN]: next, [OLDER]: JSON.stringify(kept) }))) {
        throw new RelayError('conflict', 'another token was made at the same time; the newer one counts');
      }
      take(next, kept);
      return next;
    },
    onReplaced: replaced.add,
    onEnded: ended.add,
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}
