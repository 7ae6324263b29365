// The address of this machine in its network.
import { networkInterfaces } from 'node:os';

/** The first IPv4 address at which other machines on the network reach this one. */
export function networkAddress(): string | undefined {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address } of addresses ?? []) if (family === 'IPv4' && !internal) return address;
  }
  return undefined;
}

/** The host by which others reach a server that listens on `host`; undefined if only its own machine can reach it. */
export function hostForOthers(host: string): string | undefined {
  if (host === '' || host === '0.0.0.0' || host === '::') return networkAddress();
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return undefined;
  return host.includes(':') ? `[${host}]` : host;
}
