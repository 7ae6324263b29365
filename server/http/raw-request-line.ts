// Request lines with raw UTF-8, as `curl "…?text=你好"` writes them. Node's parser refuses their bytes. Here the bytes are
// percent-encoded, and the rest of the connection is given to the server as a connection of its own.
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** What Node tells about a request that its parser refuses. */
export interface ParserError extends Error {
  readonly code?: string;
  /** The packet that was being parsed, which may hold earlier requests too. */
  readonly rawPacket?: Buffer;
  /** Where in the packet the parser stopped. */
  readonly bytesParsed?: number;
}

/** Methods of requests that the relay serves. None of them ends with another one, so the text before a URL tells which it is. */
const METHOD = /(?:GET|POST|PUT|HEAD|OPTIONS|DELETE)$/;
const LINE_FEED = 0x0a;
const SPACE = 0x20;
/** What a connection remembers of the bytes that were read: a request line may have begun in an earlier packet. */
const MAX_LINE = 16_384;

/**
 * The bytes from the beginning of the request whose URL the parser refused for a raw byte; undefined where something else
 * is wrong, or where the request began in a packet that is gone.
 *
 * The parser was inside a URL when it stopped, so the last blank ends the method, and the method begins the request.
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

/** Percent-encodes the raw bytes of one line; what follows its end stays as it is. */
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

/** A connection to the server in place of the one whose parser has stopped; what it reads and writes is the same socket's. */
export class RepairedConnection extends Duplex {
  readonly socket: Socket;
  readonly #encoder = new LineEncoder();
  readonly #recent: Buffer[] = [];
  #recentSize = 0;
  #released = false;

  /** @param first the bytes from the beginning of a request line on */
  constructor(socket: Socket, first: Buffer) {
    super({ allowHalfOpen: true });
    this.socket = socket;
    socket.on('data', this.#read);
    socket.on('end', this.#end);
    socket.on('close', this.#close);
    socket.on('error', this.#close);
    socket.on('timeout', this.#timeout);
    this.#read(first);
    // It has ended while earlier requests were being answered.
    if (socket.readableEnded) this.#end();
  }

  /** What was read before a packet: a request line may have begun there. */
  before(packet: Buffer | undefined): Buffer {
    const index = packet === undefined ? -1 : this.#recent.lastIndexOf(packet);
    return Buffer.concat(this.#recent.slice(0, Math.max(0, index)));
  }

  /** Makes the server answer what is read here, after the requests before it were answered. */
  attach(server: Server): void {
    // The server has set the time for which it waits for a next request.
    this.socket.setTimeout(0);
    server.emit('connection', this);
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

  /** Ends once everything is written, as Node's server expects of a socket. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  /** Leaves reading to a successor, which gets what is not read yet. Answers can still be written until it is destroyed. */
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
