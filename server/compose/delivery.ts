// Builds the durable side of a relay: transports, outboxes, devices, sending, and reports to apps.
import { isSettled, type Status } from '../../shared/status.ts';
import type { DeviceAuth } from '../access/device-auth.ts';
import type { DevicePresence } from '../api/ports.ts';
import { HOOK } from '../app-webhooks/attempts.ts';
import { createWebhookQueues } from '../app-webhooks/queues.ts';
import type { Backend } from '../backends/backend.ts';
import type { Boot } from '../base/boot.ts';
import type { Clock } from '../base/clock.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger } from '../base/logger.ts';
import type { App } from '../channel/app.ts';
import { deviceChannel, deviceOfChannel } from '../channel/relay-app.ts';
import type { Config } from '../config/schema.ts';
import { createPushCheck } from '../delivery/check.ts';
import { createClockWatch } from '../delivery/clock-watch.ts';
import { createDeletion } from '../delivery/deletion.ts';
import { createDeviceService } from '../delivery/device-service.ts';
import { createDevices } from '../delivery/devices.ts';
import { createHousekeeping } from '../delivery/housekeeping.ts';
import { createOutboxes } from '../delivery/outboxes.ts';
import type { QuietDevices, Transport } from '../delivery/ports.ts';
import { createReplies } from '../delivery/reply.ts';
import { createRetract } from '../delivery/retract.ts';
import { createSend } from '../delivery/send.ts';
import { createUnknownTargets } from '../delivery/unknown-targets.ts';
import type { DeliveryTrace } from '../messages/delivery-trace.ts';
import { meteredLog, meteredTransport } from '../metrics/metered.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { type NeededParts, preload } from '../outbound/load.ts';
import type { Outbound } from '../outbound/outbound.ts';
import { createTransports } from '../transports/index.ts';
import { loadWebPush, newVapidKey, vapidKeys } from '../transports/webpush/vapid.ts';
import type { ChannelSide } from './channels.ts';
import { fingerprint } from './node.ts';
import { composeReports } from './reports.ts';

/** How long in ms a shutdown waits for requests under way. */
const DRAIN_GRACE = 3000;

/** How long in ms a shutdown waits for what apps are to be told to be stored. */
const SETTLE_GRACE = 500;

/** Resolves when the work is done, at the latest after `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** The outbound libraries that the relay will certainly need. @param pushes whether a device is subscribed to push */
function neededParts(config: Config, apps: readonly App[], pushes: boolean): NeededParts {
  const { webhook, webpush, fcm, gusher, gusherCluster } = config;
  const proxies = [webhook, webpush, fcm, ...webhook.clients].map(({ proxy }) => proxy);
  return {
    requests:
      pushes ||
      webhook.clients.length > 0 ||
      fcm.serviceAccount !== undefined ||
      gusher !== undefined ||
      gusherCluster !== undefined ||
      apps.some(({ hooks }) => hooks.length > 0),
    tunnels: proxies.some((proxy) => proxy !== undefined),
  };
}

/** What the durable side needs. */
export interface DeliverySideParts {
  readonly backend: Backend;
  readonly config: Config;
  readonly clock: Clock;
  readonly boot: Boot;
  readonly logger: Logger;
  token(): string;
  readonly auth: DeviceAuth;
  readonly live: ChannelSide;
  readonly outbound: Outbound;
  /** Decides which devices stay silent. */
  readonly quiet: QuietDevices;
  /** Undefined if metrics are off. */
  readonly metrics: Metrics | undefined;
  /** Keeps what becomes of deliveries for the owner. */
  readonly trace: DeliveryTrace;
}

/** Makes the durable side of a relay. Nothing is sent before `start`. */
export async function composeDelivery(parts: DeliverySideParts) {
  const { backend, config, clock, logger, token, auth, metrics, outbound, trace } = parts;
  const { app, apps, channels } = parts.live;
  const { log, mail, ownership, times } = backend;
  const failed = (error: unknown) => logger.error({ err: error }, 'listener fault');
  const removals = createListeners<[name: string]>(failed);
  const statuses =
    createListeners<[mid: string, device: string, status: Status, transport: string | undefined]>(failed);
  const replies = createReplies(clock);
  statuses.add(replies.update);
  const devices = await createDevices({ store: backend.devices, clock, maxDevices: config.storage.maxDevices });

  const vapid = vapidKeys(await backend.secrets.get('vapidPrivateKey', newVapidKey));
  const running = await createTransports(config, {
    clock,
    logger,
    outbound,
    token,
    channels,
    relayApp: app,
    vapid,
    pushGrace: config.webpush.grace,
  });
  const transports = new Map<string, Transport>(
    running.map((transport): [string, Transport] => [
      transport.name,
      metrics === undefined ? transport : meteredTransport(transport, metrics),
    ]),
  );
  const targets = new Map(config.webhook.clients.map((client) => [client.name, client]));
  const outboxes = createOutboxes({
    log,
    ownership,
    clock,
    logger,
    devices,
    transports,
    quiet: parts.quiet,
    maxQueued: config.storage.maxQueued,
    wasRemoved: auth.wasRevoked,
    maxReadAhead: config.storage.maxReadAhead,
    random: Math.random,
    addressOf: (device, transport, registered) => (transport === 'webhook' ? targets.get(device) : registered),
    onStatus(mid, device, status, transport) {
      metrics?.reached(status, transport);
      trace.reached(mid, device, status, transport);
      statuses.tell(mid, device, status, transport);
    },
    onFailure: trace.failed,
    ...(metrics === undefined ? {} : { onRetry: metrics.retried }),
    ...(mail.progress === undefined ? {} : { onPassing: mail.progress }),
    onGone(device, transport, address, reason) {
      logger.warn({ device, transport, reason }, 'route dropped');
      devices
        .dropRoute(device, transport, address)
        .catch((error: unknown) => logger.error({ device, err: error }, 'route could not be dropped'));
    },
  });
  const deviceService = createDeviceService({
    devices,
    outboxes,
    replies,
    log,
    depths: mail.depths,
    transports,
    logger,
    isShared: ownership.isShared,
    wasRemoved: auth.wasRevoked,
    revoke: auth.revoke,
    onRemoved: removals.tell,
  });
  mail.onMail(outboxes.enqueue);
  mail.onStatus((mid, device, status) => {
    if (isSettled(status)) outboxes.settledElsewhere(mid, device);
    // The node that changed it has counted it.
    statuses.tell(mid, device, status, undefined);
  });
  /** Whether this node knows the apps of all nodes, now that it has read what others have changed. */
  async function knowsAllApps(): Promise<boolean> {
    await backend.apps.catchUp();
    if (!ownership.isShared) return true;
    const nodes = await backend.nodes.list();
    return new Set(nodes.map((node) => node.config)).size <= 1;
  }
  const webhookQueues = createWebhookQueues({
    config: config.hooks,
    store: backend.appReports,
    ownership,
    apps,
    knowsAllApps,
    client: outbound.client(config.hooks),
    clock,
    logger,
    random: Math.random,
    meter: metrics,
    answered: trace.reported,
  });
  metrics?.knows({ name: HOOK, statuses: {} });
  const reports = composeReports({
    backend,
    config,
    clock,
    logger,
    live: parts.live,
    queues: webhookQueues,
    knowsAllApps,
  });
  const { historyTtl } = config.storage;
  const clockWatch = times && createClockWatch({ log: times, clock, boot: parts.boot, logger });
  const housekeeping = createHousekeeping({
    log,
    sweepDocuments: backend.documents.sweep,
    outboxes,
    clock,
    clockWatch,
    logger,
    historyTtl,
  });

  channels.onEdge((edge) => {
    const device = edge.app === app ? deviceOfChannel(edge.channel) : undefined;
    if (device === undefined) return;
    if (edge.type === 'occupied') {
      logger.debug({ device }, 'device connected');
      outboxes.wake(device, 'websocket');
    } else if (edge.type === 'vacated') {
      logger.debug({ device }, 'device disconnected');
      outboxes.sleep(device, 'websocket');
    }
  });

  /** What devices are doing on all nodes. */
  async function presence(names: readonly string[]): Promise<readonly DevicePresence[]> {
    const [counts, depths] = await Promise.all([
      Promise.all(names.map((name) => channels.subscriptionCount(app, deviceChannel(name)))),
      mail.depths?.(names),
    ]);
    return names.map((name, index) => ({
      online: (counts[index] ?? 0) > 0,
      queued: depths === undefined ? outboxes.queued(name) : (depths.get(name) ?? 0),
    }));
  }

  const { retract, close: endRetracting } = createRetract({ devices, transports, log, presence, clock, logger });

  return {
    deviceService,
    presence,
    /** Sends the backlog of a device at once. Where nodes share a backend, its edges do so. */
    wake(device: string): void {
      if (!ownership.isShared) outboxes.wake(device, 'websocket');
    },
    outboxes,
    transports,
    deletion: createDeletion({ log, outboxes }),
    reports,
    removals,
    statuses,
    vapidPublicKey: vapid.publicKey,
    send: createSend({
      devices,
      log: metrics === undefined ? log : { ...meteredLog(log, metrics), find: log.find },
      mail,
      outboxes,
      replies,
      clock,
      logger,
      unknown: createUnknownTargets({ devices, clock, logger }),
    }),
    checkPush: createPushCheck({ transports, log }),
    retract,
    /** Registers the configured webhooks as devices and starts to deliver. */
    async start(): Promise<void> {
      const pushes = config.webpush.enabled && devices.list().some(({ routes }) => Object.hasOwn(routes, 'webpush'));
      await preload(neededParts(config, apps.list(), pushes));
      if (pushes) loadWebPush();
      // A node with another config may have targets that this one lacks: the last one to get the new config removes them.
      const own = fingerprint(config, token());
      const isLast = (await backend.nodes.list()).every((node) => node.config === own);
      await deviceService.configure('webhook', config.webhook.clients, isLast);
      await clockWatch?.start();
      await outboxes.start();
      await webhookQueues.load();
      await reports.load();
      housekeeping.start();
    },
    /** Call it when clients can connect. */
    open: reports.open,
    /** Answers every waiting sender with the statuses so far. */
    answerAll: replies.close,
    /** Deliveries that are not settled, and reports to apps. */
    queued: () => outboxes.queued() + webhookQueues.queued(),
    /** Starts no further request; resolves when those under way are over, at the latest after DRAIN_GRACE. */
    drain: () => within(DRAIN_GRACE, Promise.all([webhookQueues.drain(), outboxes.drain()])),
    /** Ends every attempt. */
    async close(): Promise<void> {
      await within(SETTLE_GRACE, Promise.resolve(reports.close()));
      await webhookQueues.settled();
      await housekeeping.close();
      await clockWatch
        ?.stop()
        .catch((error: unknown) => logger.error({ err: error }, 'the time could not be stored for the next start'));
      outboxes.close();
      endRetracting();
      webhookQueues.close();
      await Promise.all(running.map((transport) => transport.close()));
    },
  };
}
