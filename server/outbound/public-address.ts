// Keeps requests out of private networks if a device chose their address, as with push endpoints.
import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Reserved ranges of IPv4 (RFC 6890 and the registry behind it); everything else is public. */
const RESERVED_4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;
/**
 * Reserved ranges in 2000::/3, the only public range of IPv6: protocols (with Teredo), two for documentation, and 6to4.
 */
const RESERVED_6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const reserved = new BlockList();
for (const [net, bits] of RESERVED_4) reserved.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of RESERVED_6) reserved.addSubnet(net, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address, without brackets, belongs to the public internet. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !reserved.check(address, 'ipv4');
    case 6:
      // Scoped, mapped and translated addresses are not public: they may lead to a private address.
      return !address.includes('%') && global6.check(address, 'ipv6') && !reserved.check(address, 'ipv6');
    default:
      return false;
  }
}

/** The code of the error for a host that is not public. */
export const NOT_PUBLIC = 'address not public';

/**
 * Resolves a host; fails if one of its addresses is not public. The connection then uses the address that was checked.
 */
export const lookupPublic: LookupFunction = (host, options, done) => {
  dnsLookup(host, { ...options, all: true }, (error, found: LookupAddress[] = []) => {
    const [first] = found;
    if (error !== null || first === undefined) done(error ?? notPublic(host), '', 0);
    else if (!found.every(({ address }) => isPublicAddress(address))) done(notPublic(host), '', 0);
    else if (options.all === true) done(null, found);
    else done(null, first.address, first.family);
  });
};

function notPublic(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${host} is not public`), { code: NOT_PUBLIC });
}

/** The host of a URL without the brackets of IPv6, which `lookup` and `isIP` do not accept. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Whether the host is itself a private IP address. Node looks up only names, so `lookupPublic` never sees it. */
export function namesPrivateAddress(url: URL): boolean {
  const host = hostOf(url);
  return isIP(host) !== 0 && !isPublicAddress(host);
}

/** Whether the host resolves to an address that is not public; false when it cannot be resolved now. */
export function leadsToPrivateAddress(url: URL, lookup: LookupFunction = lookupPublic): Promise<boolean> {
  const host = hostOf(url);
  if (isIP(host) !== 0) return Promise.resolve(!isPublicAddress(host));
  // Always this machine (RFC 6761), even where they cannot be resolved. A proxy may be able to.
  if (/(^|\.)localhost\.?$/.test(host)) return Promise.resolve(true);
  return new Promise((resolve) => {
    lookup(host, { all: true }, (error) => resolve(error?.code === NOT_PUBLIC));
  });
}
