// How the requests of transports reach their targets: straight, or through a proxy, over kept connections.
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import type { AxiosRequestConfig } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { Clock } from '../clock.ts';

/** The part of a request's settings that says which way it takes. */
export type Way = Pick<AxiosRequestConfig, 'httpAgent' | 'httpsAgent' | 'proxy'>;

/** The connections of one transport. */
export interface Agents {
  /** The way to a target: without a proxy a direct one, whatever the environment says of proxies. */
  wayTo(target: URL, proxy: string | undefined): Way;
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
    wayTo(target, proxy) {
      if (proxy === undefined) return { ...direct, proxy: false };
      const url = new URL(proxy);
      if (target.protocol === 'https:') {
        return { httpsAgent: once(tunnels, proxy, () => new Tunnel(url, tls, options)), proxy: false };
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

type Connect = HttpsProxyAgent<string>['connect'];

/** CONNECT through a proxy. Adds to the library's agent what a relay needs that meets broken proxies for months. */
class Tunnel extends HttpsProxyAgent<string> {
  readonly #tls: { ca?: string };
  readonly #bounds: Pick<AgentOptions, 'clock' | 'timeout'>;
  readonly #opening = new Set<AbortController>();
  readonly #toProxy: HttpsProxyAgent<string>['connectOpts'];

  constructor(proxy: URL, tls: { ca?: string }, bounds: Pick<AgentOptions, 'clock' | 'timeout'>) {
    super(proxy, { ...KEEP, ...tls });
    this.#tls = tls;
    this.#bounds = bounds;
    this.#toProxy = this.connectOpts;
    // The library clears the agent's options, and with them how long a connection stays idle.
    this.options.timeout = KEEP.timeout;
  }

  override async connect(...[request, options]: Parameters<Connect>): ReturnType<Connect> {
    const { clock, timeout } = this.#bounds;
    // Until the proxy has answered nobody else knows of this socket, so a silent proxy would keep it for ever.
    const opening = new AbortController();
    const timer = clock.setTimeout(() => opening.abort(), timeout);
    this.#opening.add(opening);
    // The library hands on what a proxy says in place of 200 as if the target had said it; a 204 would pass for success.
    let status = 200;
    request.once('proxyConnect', (answer: { statusCode: number }) => {
      status = answer.statusCode;
    });
    // The library drops the host, and Node would then check the certificate of an IP address against "localhost".
    const identity = {
      checkServerIdentity: (name: string, certificate: PeerCertificate) =>
        checkServerIdentity(options.host ?? name, certificate),
    };
    try {
      this.connectOpts = { ...this.#toProxy, signal: opening.signal };
      const socket = await super.connect(request, { ...options, ...this.#tls, ...identity });
      if (status === 200) return socket;
      socket.destroy();
      throw Object.assign(new Error('the proxy refused'), { code: `proxy answered ${status}` });
    } finally {
      clock.clearTimeout(timer);
      this.#opening.delete(opening);
    }
  }

  override destroy(): void {
    for (const opening of this.#opening) opening.abort();
    super.destroy();
  }
}
