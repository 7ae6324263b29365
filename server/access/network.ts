// Which addresses count as one caller: an IPv4 address, or the IPv6 /64 that one subscriber has.
import { isIPv4, isIPv6 } from 'node:net';

/** Longest text that is kept where no address could be read. */
const MAX_LENGTH = 64;

/**
 * Reads one address as proxies and sockets write it: with a port, in brackets, with an IPv6 zone, or IPv4 in IPv6 form.
 * @returns the address only; undefined when the text is none
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

/** What is counted as one caller: an IPv4 address, or an IPv6 /64. A text that is no address counts as itself. */
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

/** The IPv4 address that `::ffff:…` stands for. */
function mappedIPv4(address: string): string | undefined {
  const groups = groupsOf(address);
  if (groups[5] !== 'ffff' || groups.slice(0, 5).some((group) => group !== '0')) return undefined;
  const bytes = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return bytes.map((number) => `${number >> 8}.${number & 255}`).join('.');
}
