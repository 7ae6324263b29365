// The D-Bus wire format (https://dbus.freedesktop.org/doc/dbus-specification.html), only in little endian, which every
// local program uses. Not here: what messages mean.

const ALIGNMENT: Readonly<Record<string, number>> = {
  ...{ y: 1, g: 1, v: 1, n: 2, q: 2, b: 4, i: 4, u: 4, h: 4, s: 4, o: 4, a: 4 },
  ...{ x: 8, t: 8, d: 8, '(': 8, '{': 8 },
};

/** How numbers are stored in a buffer: the size in bytes, and the functions that read and write them. */
const NUMBERS: Readonly<
  Record<string, readonly [number, (from: Buffer, at: number) => number, (to: Buffer, value: number) => void]>
> = {
  y: [1, (from, at) => from.readUInt8(at), (to, value) => to.writeUInt8(value)],
  n: [2, (from, at) => from.readInt16LE(at), (to, value) => to.writeInt16LE(value)],
  q: [2, (from, at) => from.readUInt16LE(at), (to, value) => to.writeUInt16LE(value)],
  i: [4, (from, at) => from.readInt32LE(at), (to, value) => to.writeInt32LE(value)],
  u: [4, (from, at) => from.readUInt32LE(at), (to, value) => to.writeUInt32LE(value)],
  h: [4, (from, at) => from.readUInt32LE(at), (to, value) => to.writeUInt32LE(value)],
  b: [4, (from, at) => from.readUInt32LE(at), (to, value) => to.writeUInt32LE(value)],
  x: [8, (from, at) => Number(from.readBigInt64LE(at)), (to, value) => to.writeBigInt64LE(BigInt(value))],
  t: [8, (from, at) => Number(from.readBigUInt64LE(at)), (to, value) => to.writeBigUInt64LE(BigInt(value))],
  d: [8, (from, at) => from.readDoubleLE(at), (to, value) => to.writeDoubleLE(value)],
};

/** Splits a signature into its complete types: `susa{sv}` into `s`, `u`, `s` and `a{sv}`. */
export function splitSignature(signature: string): string[] {
  const types: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < signature.length; at += 1) {
    const char = signature.charAt(at);
    if ('({'.includes(char)) depth += 1;
    if (')}'.includes(char)) depth -= 1;
    if (depth > 0 || char === 'a') continue;
    types.push(signature.slice(start, at + 1));
    start = at + 1;
  }
  return types;
}

const innerTypes = (type: string) => splitSignature(type.slice(1, -1));

function alignmentOf(type: string): number {
  const alignment = ALIGNMENT[type.charAt(0)];
  if (alignment === undefined) throw new TypeError(`no D-Bus type: ${type}`);
  return alignment;
}

/** Reads values one after the other. */
export class WireReader {
  readonly #buffer: Buffer;
  #at: number;

  constructor(buffer: Buffer, at = 0) {
    this.#buffer = buffer;
    this.#at = at;
  }

  /** A value of this type. Dictionaries become objects, bytes a buffer, other arrays and structures arrays. */
  read(type: string): unknown {
    const kind = type.charAt(0);
    this.#align(alignmentOf(type));
    if (kind in NUMBERS) return kind === 'b' ? this.readNumber('b') !== 0 : this.readNumber(kind);
    if (kind === 's' || kind === 'o') return this.#text(this.readNumber('u'));
    if (kind === 'g') return this.#text(this.readNumber('y'));
    if (kind === 'v') return this.read(this.readText('g'));
    return kind === 'a' ? this.#array(type.slice(1)) : innerTypes(type).map((inner) => this.read(inner));
  }

  readNumber(type: string): number {
    const number = NUMBERS[type];
    if (number === undefined) throw new TypeError(`no D-Bus number: ${type}`);
    this.#align(alignmentOf(type));
    const [size, from] = number;
    this.#at += size;
    return from(this.#buffer, this.#at - size);
  }

  readText(type: 's' | 'o' | 'g'): string {
    return String(this.read(type));
  }

  #array(element: string): unknown {
    const length = this.readNumber('u');
    this.#align(alignmentOf(element));
    const end = this.#at + length;
    if (element === 'y') {
      this.#at = end;
      return this.#buffer.subarray(end - length, end);
    }
    const items: unknown[] = [];
    while (this.#at < end) items.push(this.read(element));
    return element.startsWith('{') ? Object.fromEntries(items as [string, unknown][]) : items;
  }

  #align(to: number): void {
    this.#at = Math.ceil(this.#at / to) * to;
  }

  #text(length: number): string {
    const text = this.#buffer.toString('utf8', this.#at, this.#at + length);
    this.#at += length + 1;
    return text;
  }
}

/** Writes values one after the other. */
export class WireWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  /** Appends a value as {@link WireReader} reads it; a variant is given as type and value, a dictionary as entries. */
  write(type: string, value: unknown): this {
    const kind = type.charAt(0);
    this.align(alignmentOf(type));
    const number = NUMBERS[kind];
    if (number !== undefined) {
      const bytes = Buffer.alloc(number[0]);
      number[2](bytes, Number(value));
      this.#push(bytes);
    } else if (kind === 's' || kind === 'o' || kind === 'g') {
      const text = String(value);
      this.write(kind === 'g' ? 'y' : 'u', Buffer.byteLength(text));
      this.#push(Buffer.from(`${text}\0`));
    } else if (kind === 'v') {
      const [inner, content] = value as [string, unknown];
      this.write('g', inner).write(inner, content);
    } else if (kind === 'a') {
      this.#array(type.slice(1), value as readonly unknown[]);
    } else {
      for (const [at, inner] of innerTypes(type).entries()) this.write(inner, (value as readonly unknown[])[at]);
    }
    return this;
  }

  align(to: number): void {
    this.#push(Buffer.alloc((to - (this.#length % to)) % to));
  }

  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #array(element: string, items: readonly unknown[]): void {
    const size = Buffer.alloc(4);
    this.#push(size);
    this.align(alignmentOf(element));
    const start = this.#length;
    for (const item of items) this.write(element, item);
    size.writeUInt32LE(this.#length - start);
  }

  #push(bytes: Buffer): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }
}
