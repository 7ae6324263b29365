// A push service on this machine that real browsers subscribe to: the endpoint of RFC 8030 with the checks of RFC 8291
// and 8292, the WebSocket protocol of Firefox, Google's cloud messaging for Chromium, and a record of everything.
// Not here: browsers and the desktop on which notifications show. No test lives here.
//
// Answers: 404 unknown subscription, 410 given up, 401 and 403 VAPID, 400 headers, 413 over 4,096 bytes, 201 accepted.
// Messages wait for absent browsers until their TTL is over; a newer one replaces a waiting one of the same Topic.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { autopush, type Disconnect } from './autopush.ts';
import { Broker, type PushMessage, type Subscription } from './broker.ts';
import { pushEndpoint } from './endpoint.ts';
import { type Fault, Faults } from './faults.ts';
import { gcm } from './gcm.ts';
import { listen } from './listen.ts';
import { type PushEvent, Recorder, type WaitOptions, type Wanted } from './recorder.ts';
import { createSelfSigned } from './self-signed.ts';

/**
 * Chromium puts one of these in front of the token, and no switch changes that: the first is for Google Chrome, the
 * second for every other build.
 */
const CHROMIUM_HOSTS = ['fcm.googleapis.com', 'jmt17.google.com'];

/** Where the service listens. Port 0, the default, takes any free one. */
export interface PushServiceOptions {
  /** Address to listen on, and the host name in URLs. */
  readonly host?: string;
  readonly port?: number;
  readonly tlsPort?: number;
  /** Refuse VAPID tokens without `sub`, as Apple does. */
  readonly requireSub?: boolean;
}

/** Selects a subscription. */
export type Which = { readonly endpoint: string } | { readonly channelID: string };

/** A snapshot of what the service knows. */
export interface PushServiceState {
  readonly now: number;
  readonly agents: readonly { readonly uaid: string; readonly connected: boolean }[];
  readonly subscriptions: readonly Subscription[];
  readonly messages: readonly PushMessage[];
}

/** A running push service. */
export interface PushService {
  /** For Firefox: `dom.push.serverURL`. */
  readonly wsUrl: string;
  /** Command line switches for Chromium. */
  readonly chromiumArgs: readonly string[];
  /** Origin of the endpoints in subscriptions, and the VAPID `aud`. */
  readonly endpointOrigin: string;
  /** The same endpoints over plain HTTP. */
  readonly plainOrigin: string;
  /** PEM of the certificate that application servers must trust. */
  readonly caPem: string;
  /** Chromium's endpoints name Google's hosts; this is the same endpoint here. */
  localEndpoint(endpoint: string): string;
  /**
   * The environment in which an application server reaches this service unchanged: trust in its certificate, written to
   * `caFile`, and Chromium's endpoints led here.
   */
  appEnv(options: { readonly caFile: string; readonly env?: NodeJS.ProcessEnv }): NodeJS.ProcessEnv;

  /** Everything that happened, in order. */
  readonly events: readonly PushEvent[];
  /** The value of `since` that means "from now on". */
  readonly cursor: number;
  find(wanted: Wanted, since?: number): PushEvent[];
  waitFor(wanted: Wanted, options?: WaitOptions): Promise<PushEvent>;
  state(): PushServiceState;

  /** Makes the next requests fail like this; with an endpoint, only requests to that subscription. */
  fault(fault: Omit<Fault, 'token'> & { readonly endpoint?: string }): void;
  clearFaults(): void;
  /** Ends a subscription: its endpoint answers 410 (or 404). */
  expire(which: Which, status?: 404 | 410): void;
  /** Disconnects the browsers; with `refuse`, they cannot come back until `acceptAgents`. */
  disconnectAgents(options?: Disconnect): void;
  acceptAgents(): void;
  /**
   * Makes the service lose its data: endpoints answer 410, and browsers get a new id when they reconnect, drop their
   * subscriptions and fire `pushsubscriptionchange`.
   */
  forgetAgents(): void;
  /** Moves the service's clock, to let TTLs and VAPID tokens expire. */
  advanceClock(ms: number): void;
  /** Forgets everything except the subscriptions. */
  reset(): void;
  close(): Promise<void>;
}

/**
 * Starts the service. Two listeners: plain HTTP carries the browsers' WebSocket and the push endpoint; TLS carries both
 * again, because application servers insist on https endpoints.
 */
export async function startPushService(options: PushServiceOptions = {}): Promise<PushService> {
  const { host = '127.0.0.1', port = 0, tlsPort = 0, requireSub = false } = options;
  let clockOffset = 0;
  const now = () => Date.now() + clockOffset;
  const recorder = new Recorder(now);
  const broker = new Broker(recorder, now);
  const faults = new Faults();
  const hostInUrl = host.includes(':') ? `[${host}]` : host;

  // The first origin is the one in Location; a VAPID `aud` may name any of them.
  const origins: string[] = [];
  const originsOf = ({ headers }: IncomingMessage) =>
    CHROMIUM_HOSTS.includes(headers.host ?? '') ? [`https://${headers.host}`] : origins;
  const endpointFor = ({ token }: Subscription) => `${origins[0]}/wpush/v2/${token}`;
  const handleEndpoint = pushEndpoint({ broker, recorder, faults, now, originsOf, requireSub });
  const userAgents = autopush({ broker, recorder, endpointFor });

  const certificate = createSelfSigned([...new Set([host, 'localhost', '127.0.0.1', '::1', ...CHROMIUM_HOSTS])]);
  const pathOf = ({ url = '/' }: IncomingMessage) => new URL(url, 'http://localhost').pathname;
  const notFound = (response: ServerResponse) => response.writeHead(404, { 'Content-Length': 0 }).end();

  const secure = createHttpsServer(certificate, (request, response) => {
    if (!handleEndpoint(request, response, pathOf(request))) notFound(response);
  });
  secure.on('upgrade', userAgents.upgrade);
  const endpointOrigin = `https://${hostInUrl}:${await listen(secure, tlsPort, host)}`;

  const plain = createServer((request, response) => {
    const path = pathOf(request);
    if (!chromium.handle(request, response, path) && !handleEndpoint(request, response, path)) notFound(response);
  });
  plain.on('upgrade', userAgents.upgrade);
  const plainHost = `${hostInUrl}:${await listen(plain, port, host)}`;
  const plainOrigin = `http://${plainHost}`;
  const chromium = await gcm({ broker, recorder, certificate, host, hostInUrl, plainOrigin });
  origins.push(endpointOrigin, plainOrigin);

  const isMeant = (which: Which, one: Subscription) =>
    'endpoint' in which ? which.endpoint.endsWith(`/${one.token}`) : which.channelID === one.channelID;

  function find(which: Which): Subscription {
    const found = [...broker.subscriptions.values()].find((one) => isMeant(which, one));
    if (found === undefined) throw new Error('no such subscription');
    return found;
  }

  function disconnectAgents(how: Disconnect = {}): void {
    userAgents.disconnect(how);
    chromium.disconnect(how);
  }

  function acceptAgents(): void {
    userAgents.accept();
    chromium.accept();
  }

  return {
    wsUrl: `ws://${plainHost}/`,
    chromiumArgs: chromium.chromiumArgs,
    endpointOrigin,
    plainOrigin,
    caPem: certificate.cert,
    localEndpoint(endpoint) {
      const { host: named, pathname } = new URL(endpoint);
      return CHROMIUM_HOSTS.includes(named) ? `${endpointOrigin}${pathname}` : endpoint;
    },
    appEnv({ caFile, env = process.env }) {
      const { NODE_EXTRA_CA_CERTS: others, NODE_OPTIONS = '' } = env;
      const trusted = others !== undefined && existsSync(others) ? `${readFileSync(others, 'utf8')}\n` : '';
      writeFileSync(caFile, trusted + certificate.cert);
      const routing = new URL('./route-push-hosts.mjs', import.meta.url);
      return {
        ...env,
        NODE_EXTRA_CA_CERTS: caFile,
        NODE_OPTIONS: `${NODE_OPTIONS} --import ${routing}`.trim(),
        LOCAL_PUSH_SERVICE: endpointOrigin,
      };
    },

    events: recorder.events,
    get cursor() {
      return recorder.cursor;
    },
    find: (wanted, since) => recorder.find(wanted, since),
    waitFor: (wanted, how) => recorder.waitFor(wanted, how),
    state() {
      broker.purge();
      return {
        now: now(),
        agents: [...broker.agents.values()].map(({ uaid, deliver }) => ({ uaid, connected: deliver !== null })),
        subscriptions: [...broker.subscriptions.values()].map((one) => ({ ...one })),
        messages: broker.messages.map((one) => ({ ...one })),
      };
    },

    fault({ endpoint, ...fault }) {
      faults.add(endpoint === undefined ? fault : { ...fault, token: find({ endpoint }).token });
    },
    clearFaults: () => faults.clear(),
    expire: (which, status = 410) => broker.expire(find(which), status),
    disconnectAgents,
    acceptAgents,
    forgetAgents() {
      for (const one of broker.subscriptions.values()) if (one.gone === null) broker.expire(one, 410);
      broker.agents.clear();
      disconnectAgents();
    },
    advanceClock(ms) {
      clockOffset += ms;
    },
    reset() {
      clockOffset = 0;
      faults.clear();
      acceptAgents();
      broker.messages.length = 0;
      recorder.events.length = 0;
    },
    async close() {
      userAgents.close();
      await chromium.close();
      for (const server of [plain, secure]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
}
