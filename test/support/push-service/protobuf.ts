// Just enough protocol buffers to talk to Chromium: no schemas, only numbered fields.
// See https://protobuf.dev/programming-guides/encoding/

/** The value of a field: a number, or the bytes of text, of bytes and of an embedded message. */
export type FieldValue = bigint | Buffer;

/** A number in seven bits per byte, the lowest first. */
export function varint(value: number | bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

function field(number: number, wireType: number, body: Buffer): Buffer {
  return Buffer.concat([varint((number << 3) | wireType), body]);
}

export function int(number: number, value: number | bigint): Buffer {
  return field(number, 0, varint(value));
}

export function fixed64(number: number, value: bigint): Buffer {
  const body = Buffer.alloc(8);
  body.writeBigUInt64LE(value);
  return field(number, 1, body);
}

/** A string, bytes, or an embedded message (an array of fields). */
export function bytes(number: number, value: string | Buffer | readonly Buffer[]): Buffer {
  const body = typeof value === 'string' ? Buffer.from(value) : Buffer.isBuffer(value) ? value : Buffer.concat(value);
  return field(number, 2, Buffer.concat([varint(body.length), body]));
}

/** Reads a varint at `at`: its value and the next position, or undefined if it is not complete. */
export function readVarint(buffer: Buffer, at: number): { value: bigint; next: number } | undefined {
  let value = 0n;
  let shift = 0n;
  for (const [offset, byte] of buffer.subarray(at).entries()) {
    value |= BigInt(byte & 0x7f) << shift;
    if ((byte & 0x80) === 0) return { value, next: at + offset + 1 };
    shift += 7n;
  }
  return undefined;
}

/** All fields of a message: their values by number. @throws Error when the message is cut off */
export function parse(buffer: Buffer): Map<number, FieldValue[]> {
  const fields = new Map<number, FieldValue[]>();
  let at = 0;
  const next = () => {
    const read = readVarint(buffer, at);
    if (read === undefined) throw new Error('truncated message');
    at = read.next;
    return read.value;
  };
  while (at < buffer.length) {
    const key = next();
    const number = Number(key >> 3n);
    let value: FieldValue;
    switch (Number(key & 7n)) {
      case 0:
        value = next();
        break;
      case 1:
        value = buffer.readBigUInt64LE(at);
        at += 8;
        break;
      case 2: {
        const length = Number(next());
        value = buffer.subarray(at, at + length);
        at += length;
        break;
      }
      case 5:
        value = BigInt(buffer.readUInt32LE(at));
        at += 4;
        break;
      default:
        throw new Error('unsupported wire type');
    }
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}
