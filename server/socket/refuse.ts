// Refuses an upgrade over HTTP.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Answers an upgrade with an error. Destroys the stream afterwards, because a peer may keep its side open. */
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
