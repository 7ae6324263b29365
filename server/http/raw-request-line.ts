// Request lines with raw UTF-8, as `curl "…?text=你好"` writes them. Node's parser refuses such bytes and stops. The relay
// percent-encodes them and hands the rest of the connection to the server as a new connection.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

/** Node's error for a request that its parser refuses. */
export interface ParserError extends Error {
  readonly code?: string;
  /** The packet in which the parser stopped. It may also hold earlier requests. */
  readonly rawPacket?: Buffer;
  /** The position in the packet at which the parser stopped. */
  readonly bytesParsed?: number;
}

/** The methods that the relay serves. No method ends with another, so the text before a URL matches only one. */
const METHOD = /(?:GET|POST|PUT|HEAD|OPTIONS|DELETE)$/;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
/** How many bytes a repaired connection remembers, because a request line may begin in an earlier packet. */
const MAX_LINE = 16_384;

/**
 * Finds the request whose URL has a raw byte, and returns all bytes from the beginning of that request. Undefined when
 * something else is wrong, or when the request began in a packet that is no longer in memory.
 *
 * The parser stopped inside a URL. So the last space before that position follows the method, and the method is the beginning
 * of the request.
 *
 * @param earlier bytes before the packet
 */
export function requestWithRawUrl(error: ParserError, earlier: Buffer = Buffer.alloc(0)): Buffer | undefined {
  const { code, rawPacket, bytesParsed = -1 } = error;
  if (code !== 'HPE_INVALID_URL' || rawPacket === undefined || !((rawPacket[bytesParsed] ?? 0) >= 0x80))
    return undefined;
  const bytes = Buffer.concat([earlier, rawPacket]);
  let end = bytes.lastIndexOf(SPACE, earlier.length + bytesParsed);
  while (end > 0 && bytes[end - 1] === SPACE) end -= 1;
  const [method] = METHOD.exec(bytes.toString('latin1', Math.max(0, end - 8), Math.max(0, end))) ?? [];
  return method === undefined ? undefined : bytes.subarray(end - method.length);
}

/** Percent-encodes the raw bytes of the first line, and does not change anything after it. */
class LineEncoder {
  #ended = false;

  encode(chunk: Buffer): Buffer {
    if (this.#ended) return chunk;
    const at = chunk.indexOf(LINE_FEED);
    this.#ended = at >= 0;
    const line = chunk.toString('latin1', 0, this.#ended ? at : chunk.length);
    const encoded = line.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
    return Buffer.concat([Buffer.from(encoded, 'latin1'), chunk.subarray(line.length)]);
  }
}

/** Replaces a connection whose parser has stopped. It reads from and writes to the same socket. */
export class RepairedConnection extends Duplex {
  readonly socket: Socket;
  readonly #encoder = new LineEncoder();
  readonly #recent: Buffer[] = [];
  #recentSize = 0;
  #released = false;

  /** @param first bytes that were already read, from the beginning of a request line */
  constructor(socket: Socket, first: Buffer) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    socket.on('data', this.#read);
    socket.on('end', this.#end);
    socket.on('close', this.#close);
    socket.on('error', this.#close);
    socket.on('timeout', this.#timeout);
    this.#read(first);
    // The peer may have ended its side already.
    if (socket.readableEnded) this.#end();
  }

  /** The remembered bytes before a packet. */
  before(packet: Buffer | undefined): Buffer {
    const index = packet === undefined ? -1 : this.#recent.lastIndexOf(packet);
    return Buffer.concat(this.#recent.slice(0, Math.max(0, index)));
  }

  /** Hands the connection to the server. Earlier requests must have been answered. */
  attach(server: Server): void {
    // The server may have set a timeout for an idle connection.
    this.socket.setTimeout(0);
    // Over https, what Node's server reads as HTTP begins with a connection whose handshake is done.
    server.emit(this.encrypted ? 'secureConnection' : 'connection', this);
  }

  /** Whether the connection is over TLS, as a TLSSocket says it. */
  get encrypted(): boolean {
    return this.socket instanceof TLSSocket;
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.socket.remotePort;
  }

  setTimeout(time: number): this {
    this.socket.setTimeout(time);
    return this;
  }

  setNoDelay(on?: boolean): this {
    this.socket.setNoDelay(on);
    return this;
  }

  setKeepAlive(on?: boolean, delay?: number): this {
    this.socket.setKeepAlive(on, delay);
    return this;
  }

  /** Closes once everything is written. Node's server calls this on its sockets. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Stops reading, and returns the unread bytes for the next repair. Answers can be written until this is destroyed. */
  release(): Buffer {
    this.#released = true;
    this.socket.off('data', this.#read).off('end', this.#end).off('timeout', this.#timeout);
    const unread: Buffer[] = [];
    for (let chunk = this.read(); chunk !== null; chunk = this.read()) unread.push(chunk);
    return Buffer.concat(unread);
  }

  override _read(): void {
    this.socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.socket.write(chunk, encoding, done);
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: (error?: Error | null) => void): void {
    this.socket.cork();
    chunks.forEach(({ chunk, encoding }, index) => {
      this.socket.write(chunk, encoding, index === chunks.length - 1 ? done : undefined);
    });
    this.socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.socket.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.socket.off('data', this.#read).off('end', this.#end).off('timeout', this.#timeout);
    this.socket.off('close', this.#close).off('error', this.#close);
    if (!this.#released) this.socket.destroy();
    done(error);
  }

  readonly #read = (chunk: Buffer): void => {
    const bytes = this.#encoder.encode(chunk);
    this.#recent.push(bytes);
    this.#recentSize += bytes.length;
    const unread = this.readableLength + bytes.length;
    for (let [first] = this.#recent; first !== undefined; [first] = this.#recent) {
      if (this.#recentSize - first.length < MAX_LINE + unread) break;
      this.#recentSize -= first.length;
      this.#recent.shift();
    }
    if (!this.push(bytes)) this.socket.pause();
  };

  readonly #end = (): void => void this.push(null);

  readonly #close = (): void => void this.destroy();

  readonly #timeout = (): void => void this.emit('timeout');
}
