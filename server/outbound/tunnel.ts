// Tunnels to TLS targets through a proxy. Not here: which requests need one (agents.ts).
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { HttpsProxyAgent } from 'https-proxy-agent';
import type { Clock } from '../base/clock.ts';
import { type Deadline, startDeadline } from '../base/deadline.ts';

type Connect = HttpsProxyAgent<string>['connect'];

/** How connections are kept (`timeout` ms while idle), and which certificates are trusted in place of Node's. */
export interface TunnelOptions {
  readonly keepAlive: boolean;
  readonly maxFreeSockets: number;
  readonly timeout: number;
  readonly ca?: string;
}

/** `timeout` is the longest time in ms that opening a tunnel may take. */
export interface TunnelBounds {
  readonly clock: Clock;
  readonly timeout: number;
}

/**
 * Opens tunnels with CONNECT. Adds what the library's agent lacks: a time limit, and checks of status and certificate.
 */
export class Tunnel extends HttpsProxyAgent<string> {
  readonly #tls: { ca?: string };
  readonly #bounds: TunnelBounds;
  readonly #opening = new Set<Deadline>();
  readonly #toProxy: HttpsProxyAgent<string>['connectOpts'];

  constructor(proxy: URL, options: TunnelOptions, bounds: TunnelBounds) {
    super(proxy, { ...options });
    this.#tls = options.ca === undefined ? {} : { ca: options.ca };
    this.#bounds = bounds;
    this.#toProxy = this.connectOpts;
    // The library clears the agent's options, including how long a connection stays idle.
    this.options.timeout = options.timeout;
  }

  override async connect(...[request, options]: Parameters<Connect>): ReturnType<Connect> {
    const { clock, timeout } = this.#bounds;
    // Until the proxy answers, no other part knows this socket. Without a limit, a silent proxy would keep it forever.
    const opening = startDeadline({ clock, timeout });
    this.#opening.add(opening);
    // The library passes on any other answer as if it came from the target, so a 204 of the proxy would look like
    // success.
    let status = 200;
    request.once('proxyConnect', (answer: { statusCode: number }) => {
      status = answer.statusCode;
    });
    // The library drops the host. Node would then check the certificate of an IP address against "localhost".
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
      opening.clear();
      this.#opening.delete(opening);
    }
  }

  override destroy(): void {
    for (const opening of this.#opening) opening.abort();
    super.destroy();
  }
}
