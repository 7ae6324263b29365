// How webhook requests reach their targets: straight, or through a proxy, over kept connections.
import { type ClientRequest, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { AxiosRequestConfig } from 'axios';
import { HttpsProxyAgent } from 'https-proxy-agent';

/** The part of a request's settings that says which way it takes. */
export type Way = Pick<AxiosRequestConfig, 'httpAgent' | 'httpsAgent' | 'proxy'>;

/** The connections of one relay's webhooks. */
export interface Agents {
  /** The way to a target: without a proxy a direct one, whatever the environment says of proxies. */
  wayTo(target: URL, proxy: string | undefined): Way;
  /** Closes every connection. */
  destroy(): void;
}

/** TLS settings beside Node's own. */
export interface TlsOptions {
  /** Certificates to trust in place of Node's. */
  readonly ca?: string;
}

// No bound on busy sockets: a device has one attempt at a time, and a bound would let a hanging target delay others.
// Idle ones are few and go before most servers would close them, since a request that meets the closing is lost.
const KEEP = { keepAlive: true, maxFreeSockets: 2, timeout: 4000 } as const;

/** Agents without any connection yet. */
export function createAgents(tls: TlsOptions = {}): Agents {
  const direct = { httpAgent: new HttpAgent(KEEP), httpsAgent: new HttpsAgent({ ...KEEP, ...tls }) };
  // Proxies come from the config alone, which bounds these.
  const tunnels = new Map<string, Tunnel>();
  const toProxies = new Map<string, HttpsAgent>();

  return {
    wayTo(target, proxy) {
      if (proxy === undefined) return { ...direct, proxy: false };
      const url = new URL(proxy);
      if (target.protocol === 'https:') {
        return { httpsAgent: once(tunnels, proxy, () => new Tunnel(url, tls)), proxy: false };
      }
      const host = url.hostname.replace(/^\[|\]$/g, '');
      // Node would check the proxy's certificate against the Host header, which names the target.
      const servername = isIP(host) === 0 ? host : '';
      return {
        httpAgent: direct.httpAgent,
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
      for (const agent of [direct.httpAgent, direct.httpsAgent, ...tunnels.values(), ...toProxies.values()]) {
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

type ConnectOptions = Parameters<HttpsProxyAgent<string>['connect']>[1];

/** CONNECT through a proxy. Adds to the library's agent what a relay needs that meets broken proxies for months. */
class Tunnel extends HttpsProxyAgent<string> {
  readonly #tls: TlsOptions;
  readonly #base: HttpsProxyAgent<string>['connectOpts'];

  constructor(proxy: URL, tls: TlsOptions) {
    super(proxy, { ...KEEP, ...tls });
    this.#tls = tls;
    this.#base = this.connectOpts;
    // The library clears the agent's options, and with them how long a connection stays idle.
    this.options.timeout = KEEP.timeout;
  }

  override async connect(request: ClientRequest, options: ConnectOptions) {
    if (request.destroyed) throw new Error('the request has ended');
    // A proxy that never answers the CONNECT would keep its socket for ever: the request's end ends it.
    const ended = new AbortController();
    const end = () => ended.abort();
    // The library hands on what a proxy says in place of 200 as if the target had said it; a 204 would pass for success.
    let status = 200;
    const answered = (answer: { statusCode: number }) => {
      status = answer.statusCode;
    };
    request.once('close', end);
    request.once('proxyConnect', answered);
    try {
      this.connectOpts = { ...this.#base, signal: ended.signal };
      const socket = await super.connect(request, { ...options, ...this.#tls });
      if (status !== 200) {
        socket.destroy();
        throw Object.assign(new Error('the proxy refused'), { code: `proxy answered ${status}` });
      }
      return socket;
    } finally {
      request.off('close', end);
      request.off('proxyConnect', answered);
    }
  }
}
