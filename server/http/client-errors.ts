// Requests that Node's parser refuses before the relay sees them. Each gets an answer that says why. A request whose only
// fault is raw UTF-8 in the URL is repaired and served.
import { type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ErrorCode } from '../base/errors.ts';
import { type ParserError, RepairedConnection, requestWithRawUrl } from './raw-request-line.ts';

/** The answer to a peer that sent no valid request. */
export interface Refusal {
  readonly status: number;
  readonly code: ErrorCode;
  readonly error: string;
}

const invalid = (error: string): Refusal => ({ status: 400, code: 'invalid', error });

/** Refusals by the error code of Node or its parser. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'timeout', error: 'the request did not arrive in time' },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'too_large',
    error: 'the address and the headers are too large; send long texts in the body of a POST',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'too_large', error: 'the chunk extensions are too large' },
  HPE_INVALID_URL: invalid(
    'the address holds a character that has to be percent-encoded; curl does it with -G --data-urlencode "text=…"',
  ),
  HPE_INVALID_METHOD: invalid('expected a request such as: GET /name.send?text=hello HTTP/1.1'),
  HPE_INVALID_CONSTANT: invalid('expected HTTP/1.1 after the address; a blank in an address is written as %20'),
  HPE_INVALID_VERSION: invalid('expected HTTP/1.0 or HTTP/1.1'),
  HPE_INVALID_CONTENT_LENGTH: invalid('expected one Content-Length, a whole number'),
  HPE_UNEXPECTED_CONTENT_LENGTH: invalid(
    'expected one Content-Length or chunked Transfer-Encoding, not both or several',
  ),
  HPE_INVALID_TRANSFER_ENCODING: invalid('expected a Transfer-Encoding that ends with chunked, and no Content-Length'),
  HPE_INVALID_HEADER_TOKEN: invalid('a header has a character that headers cannot have'),
  HPE_INVALID_CHUNK_SIZE: invalid('a chunk of the body does not begin with its size'),
};

const OTHER = invalid('expected a request over HTTP/1.1');
const TLS = invalid('this port speaks http; use http:// instead of https://, or a proxy that does TLS');

/** The refusal for an error. Undefined when the connection itself failed, because then no answer would arrive. */
export function refusalOf({ code = '', rawPacket }: ParserError): Refusal | undefined {
  // A TLS handshake begins with these two bytes.
  if (rawPacket?.[0] === 0x16 && rawPacket[1] === 0x03) return TLS;
  return REFUSALS[code] ?? (code.startsWith('HPE_') ? OTHER : undefined);
}

/** A refusal as an HTTP answer that ends its connection. */
export function refusalText({ status, code, error }: Refusal, ...headers: string[]): string {
  const body = JSON.stringify({ error, code });
  return [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    'Cache-Control: no-store',
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
    '',
    body,
  ].join('\r\n');
}

/**
 * How long in ms the relay keeps reading after a refusal. If it closed at once, a peer that is still sending could get a TCP
 * reset in place of the answer.
 */
const LINGER = 2000;

/** Answers over a connection that Node's server has let go of, and ends it. */
export function refuseConnection(stream: Duplex, refusal: Refusal, ...headers: string[]): void {
  // Node's server has taken its own listener away, and an error without one ends the process.
  stream.on('error', () => {});
  const cut = setTimeout(() => stream.destroy(), LINGER);
  stream.once('close', () => clearTimeout(cut));
  // Drops whatever still arrives.
  stream.on('data', () => {});
  stream.resume();
  stream.end(refusalText(refusal, ...headers));
}

/** Answers the requests that a server's parser refuses. @param responses the server's unfinished responses */
export function answerClientErrors(server: Server, responses: ReadonlySet<ServerResponse>): void {
  /** Connections that were refused or repaired. Their old parsers may report more errors, which must be ignored. */
  const done = new WeakSet<Duplex>();

  server.on('clientError', (error: ParserError, stream: Duplex) => {
    if (done.has(stream)) return;
    done.add(stream);
    const refusal = refusalOf(error);
    const own = [...responses].filter(({ req }) => req.socket === stream);
    const unfinished = own.find(({ req }) => !req.complete);
    if (refusal === undefined || stream.destroyed || unfinished?.headersSent === true) {
      stream.destroy();
      return;
    }
    for (const event of ['data', 'end', 'timeout']) stream.removeAllListeners(event);
    const repaired = repair(error, stream);
    if (repaired === undefined) stream.pause();
    // Earlier requests on the connection get their answers first.
    const earlier = own.filter((response) => response !== unfinished);
    const answered = Promise.all(earlier.map((response) => new Promise((resolve) => response.once('close', resolve))));
    void answered.then(() => {
      const ended = stream.destroyed || stream.writableEnded;
      if (repaired === undefined) {
        if (!ended) refuseConnection(stream, refusal);
        return;
      }
      // An earlier request on this connection was repaired too. This frees the parser of that repair.
      if (stream !== repaired.socket) stream.destroy();
      // An earlier answer may have closed the connection.
      if (ended) repaired.destroySoon();
      else repaired.attach(server);
    });
  });
}

/** A new connection for the refused request and all after it. Undefined if anything but raw bytes in the URL was wrong. */
function repair(error: ParserError, stream: Duplex): RepairedConnection | undefined {
  const previous = stream instanceof RepairedConnection ? stream : undefined;
  const socket = previous?.socket ?? stream;
  const request = requestWithRawUrl(error, previous?.before(error.rawPacket));
  if (request === undefined || !(socket instanceof Socket)) return undefined;
  const unread = previous?.release() ?? Buffer.alloc(0);
  return new RepairedConnection(socket, Buffer.concat([request, unread]));
}
