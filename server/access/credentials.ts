// Reads the credential of a request, for every dialect. The dialect chooses the places to look at.

/** The places of a request that may hold a credential. The header wins, then the first of the others. */
export interface CredentialPlaces {
  /** The `authorization` header: the credential bare, as `Bearer`, or in `Basic`. */
  readonly header?: string | undefined;
  /** Other places: a field of the query or of the body, a segment of the path, a WebSocket subprotocol. */
  readonly others?: Iterable<string | undefined>;
}

/** The first credential in these places; undefined when there is none. */
export function readCredential({ header, others = [] }: CredentialPlaces): string | undefined {
  const inHeader = header === undefined ? '' : readAuthorization(header);
  if (inHeader !== '') return inHeader;
  for (const one of others) if (one !== undefined && one !== '') return one;
  return undefined;
}

/** The credential in an `authorization` header; `""` when there is none. */
export function readAuthorization(header: string): string {
  const [, scheme = '', rest = ''] = /^(Bearer|Basic)(?: +(.*))?$/is.exec(header) ?? [];
  if (scheme === '') return header;
  return scheme.toLowerCase() === 'bearer' ? rest : (readBasic(rest)?.credential ?? header);
}

/** The content of a `Basic` header. */
export interface BasicPair {
  readonly user: string;
  readonly password: string;
  /** The password, or the user name if the password is empty. */
  readonly credential: string;
}

/** Reads the base64 of a `Basic` header; undefined when it is not a pair. */
export function readBasic(encoded: string): BasicPair | undefined {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return undefined;
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  const [user, password] = [text.slice(0, colon), text.slice(colon + 1)];
  return { user, password, credential: password === '' ? user : password };
}
