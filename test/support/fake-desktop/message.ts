// D-Bus messages: the header with its fields, and the body. Not here: how single values are written.
import { splitSignature, WireReader, WireWriter } from './wire.ts';

/** Kinds of messages, by their number on the wire. */
export const KIND = { call: 1, reply: 2, error: 3, signal: 4 } as const;

/** A flag of calls: no reply is expected. */
const NO_REPLY = 1;

const FIELDS = [
  [1, 'path', 'o'],
  [2, 'interface', 's'],
  [3, 'member', 's'],
  [4, 'errorName', 's'],
  [5, 'replySerial', 'u'],
  [6, 'destination', 's'],
  [7, 'sender', 's'],
  [8, 'signature', 'g'],
] as const;

/** One message. Which fields it has depends on its kind. */
export interface BusMessage {
  /** One of {@link KIND}. */
  readonly kind: number;
  readonly serial: number;
  readonly path?: string;
  readonly interface?: string;
  readonly member?: string;
  readonly errorName?: string;
  readonly replySerial?: number;
  readonly destination?: string;
  readonly sender?: string;
  /** Types of the body, `""` for none. */
  readonly signature?: string;
  readonly body: readonly unknown[];
  readonly wantsReply?: boolean;
}

/** Reads one message from the front; undefined if it is not complete yet. */
export function decodeMessage(buffer: Buffer): { readonly message: BusMessage; readonly size: number } | undefined {
  if (buffer.length < 16) return undefined;
  const reader = new WireReader(buffer, 4);
  const bodyLength = reader.readNumber('u');
  const serial = reader.readNumber('u');
  const headerEnd = Math.ceil((16 + buffer.readUInt32LE(12)) / 8) * 8;
  const size = headerEnd + bodyLength;
  if (buffer.length < size) return undefined;
  const given = new Map(reader.read('a(yv)') as [number, unknown][]);
  const fields = Object.fromEntries(FIELDS.map(([code, name]) => [name, given.get(code)]));
  const body = new WireReader(buffer.subarray(headerEnd, size));
  const message: BusMessage = {
    ...fields,
    kind: buffer.readUInt8(1),
    serial,
    body: splitSignature(String(fields['signature'] ?? '')).map((type) => body.read(type)),
    wantsReply: (buffer.readUInt8(2) & NO_REPLY) === 0,
  };
  return { message, size };
}

/** The bytes of a message. By default, it expects no reply. */
export function encodeMessage(message: BusMessage): Buffer {
  const { kind, serial, body, signature = '', wantsReply = false } = message;
  const bytes = new WireWriter();
  for (const [at, type] of splitSignature(signature).entries()) bytes.write(type, body[at]);
  const content = bytes.toBuffer();
  const fields = FIELDS.filter(([, name]) => message[name] !== undefined && message[name] !== '');
  const header = new WireWriter();
  header.write('y', 'l'.charCodeAt(0)).write('y', kind);
  header.write('y', wantsReply ? 0 : NO_REPLY).write('y', 1);
  header.write('u', content.length).write('u', serial);
  const entries = fields.map(([code, name, type]) => [code, [type, message[name]]]);
  header.write('a(yv)', entries).align(8);
  return Buffer.concat([header.toBuffer(), content]);
}
