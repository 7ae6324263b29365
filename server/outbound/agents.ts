// How the requests of transports reach their targets: straight, or through a proxy, over kept connections.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { AxiosRequestConfig } from 'axios';
import type { Clock } from '../base/clock.ts';
import type { Tunnel } from './tunnel.ts';

/** The part of a request's settings that says which way it takes. */
export type Way = Pick<AxiosRequestConfig, 'httpAgent' | 'httpsAgent' | 'proxy'>;

/** The connections of one transport. */
export interface Agents {
  /** The way to a target: without a proxy a direct one, whatever the environment says of proxies. */
  wayTo(target: URL, proxy: string | undefined): Promise<Way>;
  /** Closes every connection. */
  destroy(): void;
}

/** What {@link createAgents} works with. */
export interface AgentOptions {
  readonly clock: Clock;
  /** Longest time in ms that opening a tunnel may take. */
  readonly timeout: number;
  /** Certificates to trust in place of Node's. */
  readonly ca?: string;
  /** Finds the addresses of a target that is reached without a proxy; fails for a host that must not be reached. */
  readonly lookup?: LookupFunction;
}

// No bound on busy sockets: a device has one attempt at a time, and a bound would let a hanging target delay others.
// Idle ones are few and go before most servers would close them, since a request that meets the closing is lost.
const KEEP = { keepAlive: true, maxFreeSockets: 8, timeout: 4000 } as const;

/** Agents without any connection yet. */
export function createAgents(options: AgentOptions): Agents {
  const tls = options.ca === undefined ? {} : { ca: options.ca };
  const lookup = options.lookup === undefined ? {} : { lookup: options.lookup };
  const direct = {
    httpAgent: new HttpAgent({ ...KEEP, ...lookup }),
    httpsAgent: new HttpsAgent({ ...KEEP, ...tls, ...lookup }),
  };
  // The proxy itself may well be private.
  const toProxy = new HttpAgent(KEEP);
  // Proxies come from the config alone, which bounds these.
  const tunnels = new Map<string, Tunnel>();
  const toProxies = new Map<string, HttpsAgent>();

  return {
    async wayTo(target, proxy) {
      if (proxy === undefined) return { ...direct, proxy: false };
      const url = new URL(proxy);
      if (target.protocol === 'https:') {
        // Loaded with the first tunnel, which most relays never need.
        const { Tunnel } = await import('./tunnel.ts');
        return { httpsAgent: once(tunnels, proxy, () => new Tunnel(url, { ...KEEP, ...tls }, options)), proxy: false };
      }
      const host = url.hostname.replace(/^\[|\]$/g, '');
      // Node would check the proxy's certificate against the Host header, which names the target.
      const servername = isIP(host) === 0 ? host : '';
      return {
        httpAgent: toProxy,
        httpsAgent: once(toProxies, proxy, () => new HttpsAgent({ ...KEEP, ...tls, servername })),
        proxy: {
          protocol: url.protocol,
          host,
          port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
          ...(url.username === '' && url.password === '' ? {} : { auth: credentials(url) }),
        },
      };
    },
    destroy() {
      for (const agent of [direct.httpAgent, direct.httpsAgent, toProxy, ...tunnels.values(), ...toProxies.values()]) {
        agent.destroy();
      }
    },
  };
}

function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}

function credentials(url: URL): { username: string; password: string } {
  return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}
