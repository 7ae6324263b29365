// Who is calling: the peer of the connection, or what the trusted proxy before us says of it.
import type { IncomingMessage } from 'node:http';

/** The address of the peer; with `trustProxy` the last entry of `X-Forwarded-For`, which is the proxy's own word. */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const direct = request.socket.remoteAddress ?? '';
  if (!trustProxy) return direct;
  const forwarded = request.headers['x-forwarded-for'];
  const last = String(forwarded ?? '')
    .split(',')
    .pop()
    ?.trim();
  return last === undefined || last === '' ? direct : last;
}
