// A request of the relay to itself. It goes over a socket and through all of its own HTTP, like the request of any sender.
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { isIPv6 } from 'node:net';
import { RelayError } from '../base/errors.ts';

/** Where the relay listens. */
export interface OwnAddress {
  /** Empty for all interfaces. */
  readonly host: string;
  readonly port: number;
  /** Whether it speaks https itself. */
  readonly isSecure: boolean;
}

/** The request. */
export interface SelfRequest {
  readonly method: string;
  /** With the prefix and the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** What the relay answered. */
export interface SelfAnswer {
  readonly status: number;
  /** The beginning of the body. */
  readonly body: string;
}

/** Longest wait in ms. Replies to some senders wait for devices. */
const TIMEOUT = 15_000;
/** The most bytes that are read of an answer. */
const MAX_ANSWER = 4096;

/** An address at which this machine reaches what listens on `host`. */
function reachable(host: string): string {
  if (host === '' || host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

/** Sends it. @throws RelayError `unavailable` (rejects) if nothing listens there, or if the answer takes too long */
export function requestSelf(
  { host, port, isSecure }: OwnAddress,
  { method, path, headers, body = '' }: SelfRequest,
): Promise<SelfAnswer> {
  const address = reachable(host);
  const shown = isIPv6(address) ? `[${address}]` : address;
  const length = { 'content-length': String(Buffer.byteLength(body)) };
  const options = {
    host: address,
    port,
    method,
    path,
    headers: { host: `${shown}:${port}`, ...headers, ...(body === '' && method === 'GET' ? {} : length) },
    agent: false as const,
    timeout: TIMEOUT,
  };
  return new Promise((resolve, reject) => {
    // The name in the certificate is the public one, and this connection does not leave the machine.
    const sent = isSecure ? secureRequest({ ...options, rejectUnauthorized: false }) : plainRequest(options);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = () => {
        const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MAX_ANSWER));
        resolve({ status: response.statusCode ?? 0, body: text });
        sent.destroy();
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= MAX_ANSWER) done();
      });
      response.on('end', done);
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', (cause) => {
      reject(new RelayError('unavailable', `the relay does not reach itself: ${cause.message}`, { cause }));
    });
    sent.end(body);
  });
}
