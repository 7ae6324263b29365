// The contact address of the relay in its VAPID tokens (RFC 8292, section 2.1). Apple's push service refuses every
// push, with 403 BadJwtToken, unless the address has a public domain. The other services do not check it.
import { isIP } from 'node:net';

/** Names that are never public (RFC 2606, RFC 6761, RFC 6762, RFC 8375 and ICANN's .internal). */
const PRIVATE = /(?:^|\.)(?:localhost|local|invalid|test|example|internal|lan|home\.arpa)$/;

/** Whether the subject, a mailto: or https: URL, leads to public domain names only. */
export function isPublicSubject(subject: string): boolean {
  return hostsOf(new URL(subject)).every(isPublicName);
}

function hostsOf({ protocol, hostname, pathname }: URL): string[] {
  if (protocol !== 'mailto:') return [hostname];
  return pathname.split(',').map((address) => /^[^@]+@([^@]+)$/.exec(address)?.[1] ?? '');
}

function isPublicName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return /^[^.\s<>%]+(?:\.[^.\s<>%]+)+$/.test(name) && isIP(name) === 0 && !PRIVATE.test(name);
}
