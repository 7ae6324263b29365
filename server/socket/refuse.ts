// What an upgrade is answered that does not become a socket.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers an upgrade with an error. The stream may be half open, so a peer that does not close it is cut off. */
export function refuse(stream: Duplex, status: number, text = '', ...headers: string[]): void {
  stream.once('finish', () => stream.destroy());
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(text === '' ? [] : ['Content-Type: text/plain; charset=utf-8', 'X-Content-Type-Options: nosniff']),
    ...headers,
  ];
  stream.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}
