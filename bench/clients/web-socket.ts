// The part of RFC 6455 that a client needs to talk to servers it trusts.
import { randomBytes } from 'node:crypto';

const PING = 9;

/** The frame that closes a socket normally. */
export const CLOSE_NORMAL = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);

/** The request that opens a socket. @param protocol a subprotocol to ask for */
export function upgradeRequest(path: string, protocol = ''): string {
  const key = randomBytes(16).toString('base64');
  const asked = protocol === '' ? '' : `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n${asked}Sec-WebSocket-Key: ${key}\r\n\r\n`;
}

function masked(opcode: number, payload: Buffer): Buffer {
  if (payload.length > 65_535) throw new RangeError('the payload is longer than 65,535 bytes');
  const header = payload.length < 126 ? 6 : 8;
  // The key is zero, which leaves the payload as it is.
  const frame = Buffer.alloc(header + payload.length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (header === 6 ? payload.length : 126);
  if (header === 8) frame.writeUInt16BE(payload.length, 2);
  payload.copy(frame, header);
  return frame;
}

/** A text frame as a client sends it. */
export function maskedText(text: string): Buffer {
  return masked(1, Buffer.from(text));
}

/** A binary frame as a client sends it. */
export function maskedBinary(payload: Buffer): Buffer {
  return masked(2, payload);
}

/** Callbacks of a stream of frames. */
export interface FrameEvents {
  /** The server has agreed to the upgrade. */
  opened(): void;
  text(text: string): void;
  /** A frame to send back, such as a pong. */
  answer(frame: Buffer): void;
}

/** Splits a server's bytes into frames. */
export class Frames {
  readonly #events: FrameEvents;
  #open = false;
  #rest: Buffer = Buffer.alloc(0);

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /** @throws Error when the server does not agree to the upgrade */
  read(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = bytes.subarray(this.#take(bytes));
  }

  /** Handles what is complete and returns its length. */
  #take(bytes: Buffer): number {
    let at = 0;
    if (!this.#open) {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return 0;
      if (!bytes.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) throw new Error('the upgrade was refused');
      this.#open = true;
      this.#events.opened();
      at = end + 4;
    }
    while (bytes.length >= at + 2) {
      const short = (bytes[at + 1] ?? 0) & 0x7f;
      const header = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < at + header) break;
      const length =
        short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
      const end = at + header + length;
      if (bytes.length < end) break;
      const opcode = (bytes[at] ?? 0) & 0x0f;
      if (opcode === 1) this.#events.text(bytes.toString('utf8', at + header, end));
      else if (opcode === PING) this.#events.answer(masked(10, bytes.subarray(at + header, end)));
      at = end;
    }
    return at;
  }
}
