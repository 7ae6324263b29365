// Who is calling: the peer of the connection, or what the trusted proxy before us says of it.
import type { IncomingMessage } from 'node:http';

/** What a socket of both IPv6 and IPv4 puts before the address of a peer by IPv4. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/** The address of the peer; with `trustProxy` the last entry of `X-Forwarded-For`, which is the proxy's own word. */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const direct = (request.socket.remoteAddress ?? '').replace(MAPPED, '');
  if (!trustProxy) return direct;
  const forwarded = request.headers['x-forwarded-for'];
  const last = String(forwarded ?? '')
    .split(',')
    .pop()
    ?.trim();
  return last === undefined || last === '' ? direct : last;
}
