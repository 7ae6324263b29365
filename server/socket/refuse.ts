// Refuses an upgrade over HTTP.
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpgradeRefusal } from '../dialects/dialect.ts';

const PLAIN = ['Content-Type: text/plain; charset=utf-8', 'X-Content-Type-Options: nosniff'];

/** Answers an upgrade with an error. Destroys the stream afterwards, because a peer may keep its side open. */
export function refuse(stream: Duplex, status: number, text = '', ...headers: string[]): void {
  stream.once('finish', () => stream.destroy());
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...(text === '' || headers.some((header) => /^content-type:/i.test(header)) ? [] : PLAIN),
    ...headers,
  ];
  stream.end(`${lines.join('\r\n')}\r\n\r\n${text}`);
}

/** Answers an upgrade as its dialect has decided. */
export function refuseAs(stream: Duplex, { status, text, headers = {} }: UpgradeRefusal): void {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  refuse(stream, status, text === '' ? '' : `${text}\n`, ...lines);
}
