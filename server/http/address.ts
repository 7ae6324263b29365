// Which address a request comes from: the peer of the connection, or what the trusted proxy in front of the relay says.
import type { IncomingMessage } from 'node:http';
import { readAddress } from '../access/network.ts';

/** What a socket for both IPv6 and IPv4 writes in front of an IPv4 address. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * The address of the peer. With `trustProxy`, the last entry of `X-Forwarded-For`: the proxy itself wrote that one. Ports,
 * brackets and zones are left out, so that one caller has one address.
 */
export function addressOf(request: IncomingMessage, trustProxy: boolean): string {
  const direct = (request.socket.remoteAddress ?? '').replace(MAPPED, '');
  if (!trustProxy) return direct;
  const last = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .pop()
    ?.trim();
  if (last === undefined || last === '') return direct;
  // Some proxies hide addresses behind names of their own, such as "unknown" or "_gateway".
  return readAddress(last) ?? last.slice(0, MAX_NAME);
}

/** Longest name that a proxy may give in place of an address. */
const MAX_NAME = 64;
