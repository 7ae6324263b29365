// Splits a stream in Redis' protocol (RESP2 and RESP3) into its whole values, without decoding them.

const CR = 0x0d;
/** Types whose header has a length in bytes: blob string, blob error, verbatim string. */
const BLOBS = '$!=';
/** Types whose header has a number of values: array, set, push; and those with twice as many. */
const LISTS = '*~>';
const PAIRS = '%|';

/** The end of the value at an offset; undefined if it is not whole. */
function endOf(bytes: Buffer, start: number): number | undefined {
  const line = bytes.indexOf(CR, start);
  if (line === -1 || line + 2 > bytes.length) return undefined;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const count = Number(bytes.toString('latin1', start + 1, line));
  let end: number | undefined = line + 2;
  if (BLOBS.includes(type)) {
    if (count >= 0) end += count + 2;
    return end <= bytes.length ? end : undefined;
  }
  const values = LISTS.includes(type) ? count : PAIRS.includes(type) ? 2 * count : 0;
  for (let n = 0; n < values && end !== undefined; n += 1) end = endOf(bytes, end);
  // The value that an attribute belongs to comes behind it.
  return type === '|' && end !== undefined ? endOf(bytes, end) : end;
}

/** Makes a function that takes chunks and returns the values that became whole. */
export function createSplitter(): (chunk: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const values: Buffer[] = [];
    for (let end = endOf(rest, 0); end !== undefined; end = endOf(rest, 0)) {
      values.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return values;
  };
}

/** The name of a command, in capitals. */
export function commandName(command: Buffer): string {
  return (command.toString('latin1', 0, 100).split('\r\n')[2] ?? '').toUpperCase();
}
