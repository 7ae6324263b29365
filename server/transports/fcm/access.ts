// Access tokens of a service account: asked for when needed, kept, and renewed before they end.
import { gaxios, JWT } from 'google-auth-library';
import { z } from 'zod';
import type { Client } from '../../outbound/client.ts';
import type { ServiceAccount } from './account.ts';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
/** A token is renewed when less than this is left of it, in ms. */
const RENEW_EARLY = 300_000;

/** No token was given. The message tells why; `after` is the rest in ms that was asked for. */
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
  /** A token that is good now. @throws TokenError */
  token(): Promise<string>;
  /** A token was refused: the next one is a new one. */
  renew(refused: string): void;
}

/** Access by the library, over the relay's own way to the outside. */
export function createAccess(account: ServiceAccount, outgoing: Client, proxy: string | undefined): Access {
  const transporter = new TokenEndpoint(account.tokenUri, outgoing, proxy);
  const client = () =>
    new JWT({
      email: account.email,
      key: account.privateKey,
      scopes: SCOPE,
      // The library names Google's own endpoint, whatever the key says.
      additionalClaims: { aud: account.tokenUri.href },
      eagerRefreshThresholdMillis: RENEW_EARLY,
      transporter,
    });
  let current = client();

  return {
    async token() {
      const { token } = await current.getAccessToken();
      return token ?? '';
    },
    renew(refused) {
      if (current.credentials.access_token === refused) current = client();
    },
  };
}

/** Sends the library's requests for tokens to the endpoint that the key names, in bounds, and never twice. */
class TokenEndpoint extends gaxios.Gaxios {
  readonly #url: URL;
  readonly #outgoing: Client;
  readonly #proxy: string | undefined;

  constructor(url: URL, outgoing: Client, proxy: string | undefined) {
    super();
    this.#url = url;
    this.#outgoing = outgoing;
    this.#proxy = proxy;
  }

  override async request<T>(options: gaxios.GaxiosOptions = {}): Promise<gaxios.GaxiosResponse<T>> {
    const answer = await this.#outgoing.send(
      {
        method: 'POST',
        url: this.#url,
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'herald' },
        body: Buffer.from(String(options.data)),
        proxy: this.#proxy,
      },
      // Not the signal of a delivery: others wait for the same token.
      new AbortController().signal,
    );
    if (answer.fault !== undefined) throw new TokenError(answer.fault);
    if (answer.status < 200 || answer.status > 299) throw new TokenError(answer.words, answer.after);
    // The library reads nothing but the data.
    return { data: readToken(answer.body) } as gaxios.GaxiosResponse<T>;
  }
}

const tokenBody = z.looseObject({ access_token: z.string().min(1) });

function readToken(body: Buffer): unknown {
  try {
    return tokenBody.parse(JSON.parse(body.toString()));
  } catch {
    throw new TokenError('no access token in the answer');
  }
}
