// Gets access tokens for a service account: it signs an assertion and exchanges it for a token (RFC 7523), which it
// keeps until shortly before the token expires.
import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose/jwt/sign';
import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import type { Client } from '../../outbound/client.ts';
import type { ServiceAccount } from './account.ts';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
/** How long an assertion is valid, in seconds. Google accepts no more than this. */
const ASSERTION_SEC = 3600;
/** A token is renewed when it has less than this left, in ms. */
const RENEW_EARLY = 300_000;
/** How long a token lives if the answer does not say, in seconds. */
const USUAL_LIFE_SEC = 3600;

/** Google gave no token. The message says why; `after` is the wait in ms that the answer asked for. */
export class TokenError extends Error {
  readonly after: number | undefined;

  constructor(message: string, after?: number) {
    super(message);
    this.name = 'TokenError';
    this.after = after;
  }
}

/** The tokens of one account. */
export interface Access {
  /** A token that is valid now. @throws TokenError */
  token(): Promise<string>;
  /** Call this when a token was refused: the next call of `token` gets a new one. */
  renew(refused: string): void;
}

/** What {@link createAccess} works with. */
export interface AccessOptions {
  readonly account: ServiceAccount;
  readonly client: Client;
  readonly proxy: string | undefined;
  readonly clock: Clock;
}

interface Token {
  readonly text: string;
  /** On the monotonic clock. */
  readonly ends: number;
}

/** Makes the token source of one account. It sends its requests through `client`. */
export function createAccess({ account, client, proxy, clock }: AccessOptions): Access {
  const key = createPrivateKey(account.privateKey);
  let current: Token | undefined;
  /** Shared by all deliveries that need a token at the same time. */
  let renewing: Promise<Token> | undefined;

  function sign(): Promise<string> {
    const now = Math.floor(clock.now() / 1000);
    return new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
      .setIssuer(account.email)
      .setAudience(account.tokenUri.href)
      .setIssuedAt(now)
      .setExpirationTime(now + ASSERTION_SEC)
      .sign(key);
  }

  async function requestToken(): Promise<Token> {
    const asked = clock.monotonic();
    const form = new URLSearchParams({ grant_type: GRANT, assertion: await sign() });
    const answer = await client.send(
      {
        method: 'POST',
        url: account.tokenUri,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'herald' },
        body: Buffer.from(form.toString()),
        proxy,
      },
      // Not the signal of one delivery, because other deliveries wait for the same token.
      new AbortController().signal,
    );
    if (answer.fault !== undefined) throw new TokenError(answer.fault);
    if (answer.status < 200 || answer.status > 299) throw new TokenError(answer.words, answer.after);
    const { access_token: text, expires_in: seconds } = readToken(answer.body);
    return { text, ends: asked + seconds * 1000 };
  }

  async function renew(): Promise<Token> {
    renewing ??= requestToken().finally(() => {
      renewing = undefined;
    });
    current = await renewing;
    return current;
  }

  return {
    async token() {
      const before = current;
      const left = before === undefined ? 0 : before.ends - clock.monotonic();
      if (before !== undefined && left > RENEW_EARLY) return before.text;
      try {
        return (await renew()).text;
      } catch (error) {
        // The renewal was early: the old token is still valid.
        if (before !== undefined && left > 0 && current === before) return before.text;
        throw error;
      }
    },
    renew(refused) {
      if (current?.text === refused) current = undefined;
    },
  };
}

const tokenBody = z.looseObject({
  access_token: z.string().min(1),
  expires_in: z.number().positive().catch(USUAL_LIFE_SEC),
});

function readToken(body: Buffer): z.output<typeof tokenBody> {
  try {
    return tokenBody.parse(JSON.parse(body.toString()));
  } catch {
    throw new TokenError('no access token in the answer');
  }
}
