// Finds the address that a request comes from: the peer of the connection, or the address that a trusted proxy names.
import type { IncomingMessage } from 'node:http';
import { readAddress } from '../access/network.ts';

/** The prefix of an IPv4 address on a socket for both IPv6 and IPv4. */
const MAPPED = /^::ffff:(?=\d+\.)/i;

/**
 * The address of the peer. With `trustProxy` it is the last entry of `X-Forwarded-For`, the only one that the proxy itself
 * wrote. Leaves out ports, brackets and zones, so that one caller has one address.
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
