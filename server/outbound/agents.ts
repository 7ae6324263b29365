// How requests reach their targets: directly or through a proxy, over connections that are kept alive for a while.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AxiosRequestConfig } from 'axios';
import type { Clock } from '../base/clock.ts';
import { hostOf } from './public-address.ts';
import type { Tunnel } from './tunnel.ts';

/** The settings of a request that choose between a direct connection and a proxy. */
export type Way = Pick<AxiosRequestConfig, 'httpAgent' | 'httpsAgent' | 'proxy'>;

/** The connections of one client. */
export interface Agents {
  /** The way to a target. Without `proxy` it is direct, even if the environment names one. */
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
  /** Resolves the host of a target if no proxy is used; fails for a host that must not be called. */
  readonly lookup?: LookupFunction;
}

/** The most idle sockets of one agent, over all its targets. */
const MAX_IDLE = 32;
// The clients bound the busy sockets, and this bounds the idle ones. All of them may be to one target, so that a burst to
// it does not pay a handshake for each request. They close earlier than most servers would close them, because a request
// on a connection that the server is closing is lost.
const KEEP = { keepAlive: true, maxFreeSockets: MAX_IDLE, timeout: 4000 } as const;

/** Makes the agents of one client. They open no connection yet. */
export function createAgents(options: AgentOptions): Agents {
  const tls = options.ca === undefined ? {} : { ca: options.ca };
  const lookup = options.lookup === undefined ? {} : { lookup: options.lookup };
  const direct = {
    httpAgent: boundIdle(new HttpAgent({ ...KEEP, ...lookup })),
    httpsAgent: boundIdle(new HttpsAgent({ ...KEEP, ...tls, ...lookup })),
  };
  // Without `lookup`: the proxy itself may be in a private network.
  const toProxy = boundIdle(new HttpAgent(KEEP));
  // Proxies come only from the config, so their number is bounded.
  const tunnels = new Map<string, Tunnel>();
  const toProxies = new Map<string, HttpsAgent>();

  return {
    async wayTo(target, proxy) {
      if (proxy === undefined) return { ...direct, proxy: false };
      const url = new URL(proxy);
      if (target.protocol === 'https:') {
        // Loaded at start where a proxy is configured; most relays never need it.
        const { Tunnel } = await import('./tunnel.ts');
        return {
          httpsAgent: getOrMake(tunnels, proxy, () => new Tunnel(url, { ...KEEP, ...tls }, options)),
          proxy: false,
        };
      }
      const host = hostOf(url);
      // Without this, Node would check the proxy's certificate against the Host header, which names the target.
      const servername = isIP(host) === 0 ? host : '';
      return {
        httpAgent: toProxy,
        httpsAgent: getOrMake(toProxies, proxy, () => new HttpsAgent({ ...KEEP, ...tls, servername })),
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

/** Closes a socket instead of keeping it when the agent has enough idle ones. */
function boundIdle<A extends HttpAgent>(agent: A): A {
  const keep = agent.keepSocketAlive.bind(agent);
  return Object.assign(agent, {
    keepSocketAlive(socket: Duplex): unknown {
      let idle = 0;
      for (const sockets of Object.values(agent.freeSockets)) idle += sockets?.length ?? 0;
      return idle < MAX_IDLE && keep(socket);
    },
  });
}

function getOrMake<T>(made: Map<string, T>, key: string, make: () => T): T {
  const value = made.get(key) ?? make();
  made.set(key, value);
  return value;
}

function credentials(url: URL): { username: string; password: string } {
  return { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
}
