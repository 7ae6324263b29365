// Decides which addresses count as one caller: an IPv4 address, or the IPv6 /64 of one subscriber.
import { isIPv4, isIPv6 } from 'node:net';

/** Longest text that is kept in place of an address, in characters. */
const MAX_LENGTH = 64;

/**
 * Reads one address as proxies and sockets write it: with a port, in brackets, with an IPv6 zone, or IPv4 in IPv6 form.
 * @returns the bare address; undefined when the text is not an address
 */
export function readAddress(text: string): string | undefined {
  const trimmed = text.trim().replace(/^"(.*)"$/, '$1');
  const [, inBrackets] = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(trimmed) ?? [];
  const withoutPort = /^[^:]*:\d{1,5}$/.test(trimmed) ? trimmed.slice(0, trimmed.indexOf(':')) : trimmed;
  const [address = ''] = (inBrackets ?? withoutPort).split('%', 1);
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return undefined;
  // The URL parser writes every spelling of an address in the same way.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return mappedIPv4(canonical) ?? canonical;
}

/** The key under which a caller is counted: an IPv4 address, an IPv6 /64, or the text itself if it is not an address. */
export function networkOf(text: string): string {
  const address = readAddress(text);
  if (address === undefined) return text.slice(0, MAX_LENGTH);
  return isIPv4(address) ? address : `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** The eight groups of a canonical IPv6 address. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  return [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
}

/** The IPv4 address in a canonical `::ffff:…` address; undefined for any other address. */
function mappedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups[5] !== 'ffff' || groups.slice(0, 5).some((group) => group !== '0')) return undefined;
  const bytes = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return bytes.map((number) => `${number >> 8}.${number & 255}`).join('.');
}
