// A notice from one node to another: what to look at, or a transient event. Scripts encode it as well
// (scripts/parts/notice.lua).
//
//   1 byte   version of this form
//   1 byte   kind
//   8 bytes  number, which grows by one with each notice of the same source
//   1 byte   how many fields follow, each with its length in 4 bytes
//   rest     the body as the sender gave it
//
// Numbers are big-endian.

/** A notice as it was sent. */
export interface Notice {
  readonly kind: number;
  readonly number: number;
  readonly fields: readonly string[];
  readonly body: Buffer;
}

/** The form that this version reads and writes. */
const VERSION = 1;
const HEAD = 11;
const MAX_FIELDS = 255;

/** Encodes a notice. */
export function encodeNotice({ kind, number, fields, body }: Notice): Buffer {
  if (fields.length > MAX_FIELDS) throw new RangeError(`a notice has at most ${MAX_FIELDS} fields`);
  const head = Buffer.alloc(HEAD);
  head.writeUInt8(VERSION, 0);
  head.writeUInt8(kind, 1);
  head.writeBigUInt64BE(BigInt(number), 2);
  head.writeUInt8(fields.length, 10);
  const parts: Buffer[] = [head];
  for (const field of fields) {
    const text = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    parts.push(length, text);
  }
  return Buffer.concat([...parts, body]);
}

/** Decodes a notice; undefined if it is damaged or of a later version. The body is a view of the bytes. */
export function decodeNotice(bytes: Buffer): Notice | undefined {
  if (bytes.length < HEAD || bytes[0] !== VERSION) return undefined;
  const number = bytes.readBigUInt64BE(2);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const fields: string[] = [];
  let at = HEAD;
  for (let left = bytes.readUInt8(10); left > 0; left -= 1) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    fields.push(bytes.toString('utf8', at + 4, end));
    at = end;
  }
  return { kind: bytes.readUInt8(1), number: Number(number), fields, body: bytes.subarray(at) };
}
