// The query of a signed request: its parameters, those of its signature, and the texts that its sender may have signed.

/** A parameter of a query. */
export type Pair = readonly [name: string, value: string];

/** How many parameters a query may have. No request of the API needs as many. */
const MAX_PARAMETERS = 200;

/** The query of a signed request. */
export interface SignedParameters {
  readonly key: string;
  readonly timestamp: string;
  readonly version: string;
  readonly signature: string;
  /** `""` if the query has none. */
  readonly md5: string;
  /** The decoded parameters that do not belong to the signature, in order. */
  readonly others: readonly Pair[];
  /** The query as it is signed by the documentation, if it already has this form but for the signature. Most have. */
  readonly asSigned: string | undefined;
}

/** Percent-decodes a text; returns it unchanged when that is impossible. */
export function decodePercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The parameters of a query, not decoded. */
function rawPairs(query: string): Pair[] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=');
      return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
    });
}

const decodePair = ([name, value]: Pair): Pair => [decodePercent(name), decodePercent(value)];

/** The percent-decoded parameters of a query. `+` and invalid escapes stay as they are. */
export function readPairs(query: string): Pair[] {
  return rawPairs(query).map(decodePair);
}

/**
 * Reads a query in one pass. Undefined when a parameter of the signature is missing or given twice, and when there are too
 * many parameters.
 */
export function readSignedQuery(query: string): SignedParameters | undefined {
  /** The parameters of the signature. Lists, because for so few names a map costs more. */
  const names: string[] = [];
  const values: string[] = [];
  const others: Pair[] = [];
  const isPlain = !query.includes('%');
  let isSorted = isPlain && !query.endsWith('&');
  let last = '';
  let asSigned = query;
  let count = 0;
  for (let start = 0; start < query.length; ) {
    const mark = query.indexOf('&', start);
    const end = mark < 0 ? query.length : mark;
    const found = query.indexOf('=', start);
    const equals = found < 0 || found > end ? end : found;
    const raw: Pair = [query.slice(start, equals), query.slice(equals + 1, end)];
    const pair = isPlain ? raw : decodePair(raw);
    const name = pair[0].toLowerCase();
    if (start === end) isSorted = false;
    else if (++count > MAX_PARAMETERS) return undefined;
    else if (!name.startsWith('auth_') && name !== 'body_md5') others.push(pair);
    else if (names.includes(name)) return undefined;
    else {
      names.push(name);
      values.push(pair[1]);
    }
    if (name === 'auth_signature') {
      asSigned =
        end === query.length ? query.slice(0, Math.max(0, start - 1)) : query.slice(0, start) + query.slice(end + 1);
    } else {
      isSorted &&= name === pair[0] && equals < end && last <= name;
      last = name;
    }
    start = end + 1;
  }
  const get = (name: string) => values[names.indexOf(name)] ?? '';
  const [key, timestamp, version] = [get('auth_key'), get('auth_timestamp'), get('auth_version')];
  const signature = get('auth_signature');
  if (key === '' || timestamp === '' || version === '' || signature === '') return undefined;
  return {
    key,
    timestamp,
    version,
    signature,
    md5: get('body_md5'),
    others,
    asSigned: isSorted ? asSigned : undefined,
  };
}

/**
 * Every form of a query that its sender may have signed; may repeat some. The first follows the documentation: it lowercases
 * the keys, then sorts. The SDK for Node does not lowercase, and signs values before its URL class rewrites them.
 */
export function* formsToSign(query: string): Generator<string> {
  for (const pairs of [readPairs(query), rawPairs(query)]) {
    yield joinPairs(pairs.map(([name, value]) => [name.toLowerCase(), value]));
    yield joinPairs(pairs);
  }
}

function joinPairs(pairs: readonly Pair[]): string {
  return pairs
    .filter(([name]) => name.toLowerCase() !== 'auth_signature')
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}
