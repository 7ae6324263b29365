// Reads the credential of a request, for every dialect. dialects/kit/caller.ts turns it into a principal.
import type { IncomingHttpHeaders } from 'node:http';

/** A credential that a request shows. */
export interface ShownCredential {
  readonly text: string;
  /** Whether it counts only as a key: the relay's token and those of devices do not work in this place. */
  readonly isKey: boolean;
}

/** The places of a request that may hold a credential, beside its headers. They count in this order. */
export interface CredentialPlaces {
  /** Gives the parameters of the address. Called only if the headers show nothing; absent if parameters do not count. */
  readonly query?: (() => Iterable<readonly [name: string, value: string]>) | undefined;
  /** Whether parameters count only as keys. */
  readonly isKeyInQuery?: boolean | undefined;
  /** Fields of the body where any credential counts. */
  readonly tokens?: Iterable<string | undefined> | undefined;
  /** Segments of the path and fields of the body where only a key counts. */
  readonly keys?: Iterable<string | undefined> | undefined;
}

/** Parameters that hold a whole `Authorization` header in base64url, as ntfy's programs write it. */
export const HEADER_PARAMETERS: ReadonlySet<string> = new Set(['auth', 'authorization']);

/**
 * The credential that a request shows: the one in its headers, or else the first one in other places. Undefined if it shows none.
 * `X-Gotify-Key` goes before `Authorization`, which may be meant for a proxy.
 */
export function readCredential(
  headers: IncomingHttpHeaders,
  places: CredentialPlaces = {},
): ShownCredential | undefined {
  const key = headers['x-gotify-key'];
  if (typeof key === 'string' && key !== '') return { text: key, isKey: true };
  const { authorization } = headers;
  const inHeader = authorization === undefined ? '' : readAuthorization(authorization);
  return inHeader === '' ? readOthers(places) : { text: inHeader, isKey: false };
}

function readOthers({ query, isKeyInQuery = false, tokens = [], keys = [] }: CredentialPlaces) {
  const inQuery = query === undefined ? undefined : readQuery(query());
  if (inQuery !== undefined) return { text: inQuery, isKey: isKeyInQuery };
  for (const text of tokens) if (text !== undefined && text !== '') return { text, isKey: false };
  for (const text of keys) if (text !== undefined && text !== '') return { text, isKey: true };
  return undefined;
}

/** `token`, or else the header in `auth`. A parameter that is repeated shows no credential. */
function readQuery(query: Iterable<readonly [name: string, value: string]>): string | undefined {
  const tokens: string[] = [];
  const headers: string[] = [];
  for (const [name, value] of query) {
    if (value === '') continue;
    if (name === 'token') tokens.push(value);
    else if (HEADER_PARAMETERS.has(name)) headers.push(value);
  }
  const [token] = tokens.length === 1 ? tokens : [];
  const [header] = headers.length === 1 ? headers : [];
  if (token !== undefined) return token;
  const shown = header === undefined ? '' : readEncodedHeader(header);
  return shown === '' ? undefined : shown;
}

/** A header in base64, and what may stand there without a scheme. Shorter texts would be found in other texts by chance. */
const ENCODED = /^(?:(?:Bearer|Basic) .*|[\w.-]{15,})$/is;

/**
 * The credential in an `Authorization` header that is written in base64, with either alphabet, with or without padding. Any
 * other text is itself the credential, so that it is refused or, if it is a key or token as it is, taken.
 */
function readEncodedHeader(text: string): string {
  if (!/^[\w+/-]+={0,2}$/.test(text)) return text;
  // Node reads both alphabets.
  const header = Buffer.from(text, 'base64').toString();
  return ENCODED.test(header) ? readAuthorization(header) : text;
}

/** Schemes whose headers show nothing that this relay gives out. Push services get the first two from app servers. */
const FOREIGN = /^(?:vapid|webpush|digest|negotiate|ntlm|aws4-hmac-sha256|dpop|hoba|mutual|gnap|scram-sha-\d+) /i;

/** The credential in an `Authorization` header: bare, as `Bearer`, or in `Basic`. `""` when there is none. */
export function readAuthorization(header: string): string {
  const [, scheme = '', rest = ''] = /^(Bearer|Basic)(?: +(.*))?$/is.exec(header) ?? [];
  if (scheme === '') return FOREIGN.test(header) ? '' : header;
  return scheme.toLowerCase() === 'bearer' ? rest : (readBasic(rest)?.credential ?? header);
}

/** The content of a `Basic` header. */
export interface BasicPair {
  readonly user: string;
  readonly password: string;
  /** The password, or the user name if there is no password. */
  readonly credential: string;
}

/** What programs send when there is no password. Those in Python send `None` if an address has only a user name. */
const NO_PASSWORD: ReadonlySet<string> = new Set(['', 'None']);

/** Reads the base64 of a `Basic` header; undefined when it is not a pair. */
export function readBasic(encoded: string): BasicPair | undefined {
  if (!/^[\w+/-]+={0,2}$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
  return { user, password, credential: NO_PASSWORD.has(password) ? user : password };
}
