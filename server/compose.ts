// The only place where a concrete backend, transports and dialects meet: one running relay out of one config.
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Status } from '../shared/status.ts';
import { createDeviceAuth } from './access/device-auth.ts';
import { createPairingCodes, pairingPath } from './access/pairing-codes.ts';
import { createThrottle } from './access/throttle.ts';
import { createTokenCheck } from './access/token.ts';
import type { Backend } from './backends/backend.ts';
import { backends } from './backends/index.ts';
import { createApps } from './channel/app.ts';
import { type Channels, createChannels } from './channel/channels.ts';
import { relayApp } from './channel/relay-app.ts';
import { deviceChannel, deviceOfChannel } from './channel/relay-channels.ts';
import { createReports } from './channel/reports.ts';
import { createUsers } from './channel/users.ts';
import type { Clock } from './clock.ts';
import { createAppRegistry } from './config/app-registry.ts';
import { toApp } from './config/apps.ts';
import type { Config } from './config/schema.ts';
import { createPushCheck } from './delivery/check.ts';
import { createDevices } from './delivery/devices.ts';
import { createHousekeeping } from './delivery/housekeeping.ts';
import { createMids } from './delivery/message.ts';
import { createOutboxes } from './delivery/outboxes.ts';
import type { Transport } from './delivery/ports.ts';
import { createReplies } from './delivery/reply.ts';
import { createRoster } from './delivery/roster.ts';
import { createSend } from './delivery/send.ts';
import type { Socket } from './dialects/dialect.ts';
import { dialects } from './dialects/index.ts';
import { openDialects } from './dialects/open.ts';
import { addressOf } from './http/address.ts';
import { belowBase, createApp } from './http/app.ts';
import { closeServer, createHttpServer, createUpgradeServer, listen } from './http/listen.ts';
import { meteredBus, meteredTransport } from './http/metered.ts';
import type { Metrics } from './http/metrics.ts';
import { metricsListener, metricsRoute } from './http/metrics-route.ts';
import { createListeners } from './listeners.ts';
import type { Logger } from './logger.ts';
import { pageFolder } from './root.ts';
import { createSockets } from './socket/sockets.ts';
import { createHookTransport } from './transports/hook/index.ts';
import { createHookNames, createHookQueues } from './transports/hook/queues.ts';
import { createTransports } from './transports/index.ts';
import { newVapidKey, vapidKeys } from './transports/webpush/vapid.ts';

/** What a relay is made with. */
export interface RelayOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** State to run on, closed with the relay; without it the embedded backend opens `storage.dir`. */
  readonly backend?: Backend;
}

/** A running relay. */
export interface Relay {
  /** Ports it listens on; the same one twice when HTTP and WebSocket share it. */
  readonly ports: { readonly http: number; readonly websocket: number; readonly metrics?: number };
  /** The shared token: configured, or made at the first start. */
  readonly token: string;
  /** Names of the known devices, in the order of registration. */
  devices(): string[];
  /** A path of the page that lets one new device in, for ten minutes. */
  createPairing(): string;
  /** Stops accepting, answers who waits, closes sockets politely, writes what is pending. Within 5 s. */
  close(): Promise<void>;
}

/** Longest wait for peers at close, in ms. */
const CLOSE_GRACE = 2000;
const MINUTE = 60_000;

const randomKey = (bytes: number) => () => randomBytes(bytes).toString('base64url');

/** What devices are told so that they can register for push; `""` where a push is switched off. */
function pushKeys({ webpush, fcm }: Config, publicKey: string) {
  const told = fcm.serviceAccount === undefined ? { projectId: '', applicationId: '', apiKey: '' } : fcm;
  return {
    webpushPublicKey: webpush.enabled ? publicKey : '',
    fcmProjectId: told.projectId,
    fcmApplicationId: told.applicationId,
    fcmApiKey: told.apiKey,
  };
}

/**
 * Opens the backend and starts everything on it.
 * @throws DataError when the data directory is in use or damaged, Node's error when a port cannot be had
 */
export async function startRelay(options: RelayOptions): Promise<Relay> {
  const { config, logger } = options;
  const backend = options.backend ?? (await backends.embedded({ dir: config.storage.dir, logger }));
  try {
    return await startOn(backend, options);
  } catch (error) {
    await backend.close();
    throw error;
  }
}

async function startOn(backend: Backend, { config, clock, logger, version }: RelayOptions): Promise<Relay> {
  const started = clock.now();
  const { log, secrets } = backend;
  const token = config.token ?? (await secrets.get('token', randomKey(24)));
  const signingKey = Buffer.from(await secrets.get('signingKey', randomKey(32)), 'base64url');
  const { activityTimeout, pongTimeout } = config.websocket;
  const times = { activityTimeoutSec: activityTimeout / 1000, pongTimeoutSec: pongTimeout / 1000 };
  const relayKey = await secrets.get('relayKey', randomKey(12));
  const app = relayApp(relayKey, await secrets.get('relaySecret', randomKey(24)), times);

  const apps = createApps([app, ...config.apps.map((one) => toApp(one, config.websocket))]);
  const appRegistry = await createAppRegistry({ apps, store: backend.apps, times: config.websocket });
  const metrics: Metrics | undefined = config.metrics.enabled
    ? (await import('./http/metrics.ts')).createMetrics({
        sockets: () => sockets.count(),
        queued: () => outboxes.queued(),
        apps: () =>
          apps.list().map((one) => ({
            id: one.id,
            connections: open.reduce((sum, { running: dialect }) => sum + (dialect.connections?.(one.id) ?? 0), 0),
            channels: channels.occupied(one).length,
          })),
      })
    : undefined;
  const countOf = (id: string, channel: string): number => {
    const one = apps.byId(id);
    return one === undefined ? 0 : channels.subscriptionCount(one, channel);
  };
  const bus = metrics === undefined ? backend.bus : meteredBus(backend.bus, metrics, countOf);
  const channels: Channels = createChannels({ apps, bus, clock });
  const users = createUsers<Socket>(clock);
  apps.onChange((id, changed) => {
    if (changed === undefined) channels.forget(id);
  });
  const auth = await createDeviceAuth({ signingKey, token, clock, revocations: backend.revocations });
  const pairings = createPairingCodes(clock);
  const removals = createListeners<[name: string]>();
  const statuses = createListeners<[mid: string, device: string, status: Status]>();
  const replies = createReplies(clock);
  statuses.add(replies.update);
  const devices = await createDevices({ store: backend.devices, clock, maxDevices: config.storage.maxDevices });

  const vapid = vapidKeys(await secrets.get('vapidPrivateKey', newVapidKey));
  const running = await createTransports(config, {
    clock,
    logger,
    token,
    channels,
    relayApp: app,
    vapid,
    messageTtl: config.storage.ttl,
    pushGrace: config.webpush.grace,
  });
  const hookNames = createHookNames(apps);
  running.push(createHookTransport({ clock, targetOf: hookNames.targetOf }));
  const transports = new Map<string, Transport>(
    running.map((transport): [string, Transport] => [
      transport.name,
      metrics === undefined ? transport : meteredTransport(transport, metrics),
    ]),
  );
  if (metrics !== undefined) statuses.add((_mid, _device, status) => metrics.reached(status));
  const targets = new Map(config.webhook.clients.map((client) => [client.name, client]));
  const outboxes = createOutboxes({
    log,
    clock,
    logger,
    devices: { get: (name) => hookNames.deviceOf(name) ?? devices.get(name) },
    transports,
    maxQueued: config.storage.maxQueued,
    random: Math.random,
    addressOf: (device, transport, registered) => (transport === 'webhook' ? targets.get(device) : registered),
    onStatus: statuses.tell,
    onGone(device, transport, address, reason) {
      logger.warn({ device, transport, reason }, 'route dropped');
      devices
        .dropRoute(device, transport, address)
        .catch((error: unknown) => logger.error({ device, err: error }, 'route could not be dropped'));
    },
  });
  const roster = createRoster({
    devices,
    outboxes,
    replies,
    log,
    transports,
    revoke: auth.revoke,
    onRemoved: removals.tell,
  });
  const nextMid = createMids(clock, log.lastMid());
  const send = createSend({ devices, log, outboxes, replies, logger, nextMid });
  const hookQueues = createHookQueues({ log, outboxes, clock, logger, nextMid }, hookNames);
  const reports = createReports({ clock, emit: hookQueues.emit });
  channels.onEdge(reports.edge);
  channels.onCount((owner, channel, count) =>
    reports.add(owner, { name: 'subscription_count', channel, subscription_count: count }),
  );
  const housekeeping = createHousekeeping({ log, outboxes, clock, logger, ...config.storage });
  channels.onEdge((edge) => {
    const device = edge.app === app ? deviceOfChannel(edge.channel) : undefined;
    if (device === undefined) return;
    if (edge.type === 'occupied') outboxes.wake(device, 'websocket');
    else if (edge.type === 'vacated') outboxes.sleep(device, 'websocket');
  });

  const ports = {
    send,
    apps,
    appRegistry,
    appStore: backend.apps,
    users,
    wake: (device: string) => outboxes.wake(device, 'websocket'),
    report: reports.add,
    devices: roster,
    auth,
    channels,
    clock,
    logger,
    token: createTokenCheck(token),
    throttle: createThrottle({ limit: config.http.maxAuthFailures, windowMs: MINUTE }),
    relayApp: app,
    keys: pushKeys(config, vapid.publicKey),
    queued: outboxes.queued,
    online: (device: string) => channels.subscriptionCount(app, deviceChannel(device)) > 0,
    log,
    version,
    pairings,
    onStatus: statuses.add,
    onRemoved: removals.add,
    checkPush: createPushCheck({ transports, log, nextMid }),
  };
  const open = await openDialects<typeof ports, Config>(dialects, ports, config);

  let draining = false;
  const { basePath, trustProxy } = config.http;
  const health = () => ({
    status: draining ? ('draining' as const) : ('ok' as const),
    version,
    uptime: Math.floor((clock.now() - started) / 1000),
    queued: outboxes.queued(),
  });
  const sockets = createSockets({
    dialects: open,
    limits: config.websocket,
    clock,
    logger,
    pathOf: (url) => belowBase(url.split('?', 1)[0] ?? '/', basePath),
    addressOf: (request: IncomingMessage) => addressOf(request, trustProxy),
  });

  const metricsToken = config.metrics.token === undefined ? undefined : createTokenCheck(config.metrics.token);
  const mayRead = (header: string) => metricsToken?.matches(header.replace(/^Bearer +/i, '')) ?? true;
  const scrape = metrics === undefined ? undefined : metricsRoute(metrics, mayRead);
  const { port: metricsPort } = config.metrics;
  const http = createHttpServer(
    createApp({
      dialects: open,
      basePath,
      trustProxy,
      logger,
      page: pageFolder,
      health,
      metrics: metricsPort === undefined ? scrape : undefined,
    }),
  );
  const metricsServer =
    scrape === undefined || metricsPort === undefined ? undefined : createHttpServer(metricsListener(scrape, logger));
  const shared = config.websocket.port === config.http.port;
  const upgrades = shared ? http : createUpgradeServer();
  sockets.attach(upgrades);
  const servers = [http, ...(shared ? [] : [upgrades]), ...(metricsServer === undefined ? [] : [metricsServer])];

  async function close(): Promise<void> {
    draining = true;
    replies.close();
    await Promise.all([...servers.map((server) => closeServer(server, CLOSE_GRACE)), sockets.close(CLOSE_GRACE)]);
    reports.close();
    await hookQueues.settled();
    await housekeeping.close();
    outboxes.close();
    users.close();
    channels.close();
    await Promise.all(running.map((transport) => transport.close()));
    await backend.close();
  }

  try {
    await roster.configure('webhook', config.webhook.clients);
    await outboxes.start();
    housekeeping.start();
    const { host } = config.http;
    const port = await listen(http, { host, port: config.http.port });
    return {
      ports: {
        http: port,
        websocket: shared ? port : await listen(upgrades, { host, port: config.websocket.port }),
        ...(metricsServer === undefined || metricsPort === undefined
          ? {}
          : { metrics: await listen(metricsServer, { host, port: metricsPort }) }),
      },
      token,
      devices: () => devices.list().map(({ name }) => name),
      createPairing: () => pairingPath(pairings.create().code),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
