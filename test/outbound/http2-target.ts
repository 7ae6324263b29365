// A target over HTTP/2, closed after the test. No test lives here.
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onCleanup } from '../support/cleanup.ts';
import { createSelfSigned } from '../support/push-service/self-signed.ts';

/** Of every target here, and its own authority. */
export const certificate = createSelfSigned(['127.0.0.1', 'localhost']);

/** A running target. */
export interface Target {
  readonly url: string;
  readonly server: Http2SecureServer;
  /** Those accepted so far. */
  readonly sessions: ServerHttp2Session[];
  /** Those open now. */
  readonly open: Set<ServerHttp2Session>;
  readonly arrived: { readonly path: string; readonly body: string; readonly session: Http2Session | undefined }[];
}

/** How a target answers its requests, numbered from 1. */
export type Respond = (stream: ServerHttp2Stream, target: Target, number: number) => void;

/** Answers 201 without a body. */
export const created: Respond = (stream) => stream.respond({ ':status': 201 }, { endStream: true });

/** Starts a target. */
export async function startHttp2(respond: Respond = created, settings: object = {}): Promise<Target> {
  const server = createSecureServer({ ...certificate, settings });
  const sessions: ServerHttp2Session[] = [];
  const open = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.push(session);
    open.add(session);
    session.on('error', () => {});
    session.on('close', () => open.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    let body = '';
    stream.on('data', (chunk) => {
      body += chunk;
    });
    stream.on('end', () => {
      const number = target.arrived.push({ path: headers[':path'] ?? '', body, session: stream.session });
      if (!stream.destroyed) respond(stream, target, number);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onCleanup(() => {
    for (const session of open) session.destroy();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const target: Target = { url, server, sessions, open, arrived: [] };
  return target;
}
