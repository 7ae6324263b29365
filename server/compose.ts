// Builds one running relay from one config: the only place where backend, transports and dialects meet. The files of
// compose/ build one side each.
import type { LogLineInfo } from '../shared/api.ts';
import { type Authenticator, createAuthenticator } from './access/authenticator.ts';
import { createBodyBudget } from './access/body-budget.ts';
import { createDeviceAuth } from './access/device-auth.ts';
import { createForeignPages } from './access/foreign-pages.ts';
import { createKeyUsages } from './access/key-usage.ts';
import { createKeys, type Key } from './access/keys.ts';
import { createPairingCodes, pairingPath } from './access/pairing-codes.ts';
import { createRelayToken } from './access/relay-token.ts';
import { createThrottle } from './access/throttle.ts';
import { api } from './api/index.ts';
import type { Backend } from './backends/backend.ts';
import { backends } from './backends/index.ts';
import type { Boot } from './base/boot.ts';
import type { Clock } from './base/clock.ts';
import { descriptorLimit } from './base/descriptors.ts';
import { createBlindDigest, sha256 } from './base/digest.ts';
import { hmacLetters } from './base/hmac.ts';
import { type KeptLines, keepLines } from './base/kept-lines.ts';
import type { Logger } from './base/logger.ts';
import { hostForOthers } from './base/network-address.ts';
import { createPace } from './base/pace.ts';
import { composeAttachments } from './compose/attachments.ts';
import { createBackups } from './compose/backup.ts';
import { composeChannels } from './compose/channels.ts';
import { composeDelivery } from './compose/delivery.ts';
import { composeEdge } from './compose/edge.ts';
import { registerKeyDevice, registerKeyDevices } from './compose/key-devices.ts';
import { composeMessages } from './compose/messages.ts';
import { compareConfigs, nodeFacts, nodeName, readFigures } from './compose/node.ts';
import { randomKey } from './compose/secrets.ts';
import { socketBounds } from './compose/socket-bounds.ts';
import type { Config } from './config/schema.ts';
import { createAnnounce } from './delivery/announce.ts';
import { dialects } from './dialects/index.ts';
import { createCallerWatch } from './dialects/kit/caller-watch.ts';
import { createLastPayloads } from './dialects/kit/last-payloads.ts';
import { createListeners } from './dialects/kit/listeners.ts';
import { openDialects } from './dialects/kit/open.ts';
import { createPublicUrl } from './dialects/kit/public-url.ts';
import { createAdmit } from './dialects/kit/send-as.ts';
import { createStreams } from './dialects/kit/stream.ts';
import { createStreamPlaces } from './dialects/kit/stream-places.ts';
import { createTemplates } from './dialects/kit/templates.ts';
import { Certificate } from './http/certificate.ts';
import { statusOf } from './http/health.ts';
import { requestSelf, type SelfRequest } from './http/self-request.ts';
import { createDeliveryTrace } from './messages/delivery-trace.ts';
import { createRecent } from './messages/recent.ts';
import { readAppMetrics } from './metrics/app-metrics.ts';
import { meteredAccess } from './metrics/metered.ts';
import type { Metrics } from './metrics/metrics.ts';
import { createOutbound } from './outbound/outbound.ts';

/** What a relay needs. */
export interface RelayOptions {
  readonly config: Config;
  readonly clock: Clock;
  /** The machine's boot. Without it, only the wall clock says how long no relay was running. */
  readonly boot?: Boot;
  readonly logger: Logger;
  readonly version: string;
  /** Whether to start even if a file of the data directory is missing. */
  readonly acceptLoss?: boolean;
  /** The backend to run on, closed with the relay. By default the embedded backend opens `storage.dir`. */
  readonly backend?: Backend;
}

/** A running relay. */
export interface Relay {
  /** The ports that it listens on. HTTP and WebSocket may share one. */
  readonly ports: { readonly http: number; readonly websocket: number; readonly metrics?: number };
  /** The shared token: configured, or made at the first start. */
  readonly token: string;
  /** Whether this start made the token, so that its owner cannot know it yet. */
  readonly isTokenNew: boolean;
  /** Names of the known devices, in the order of registration. */
  devices(): string[];
  /** Makes a path of the page that pairs one new device. It is good for ten minutes. */
  createPairing(): Promise<string>;
  /** Stops accepting, answers waiting senders, closes sockets, writes what is pending. Takes at most 5 s. */
  close(): Promise<void>;
}

const MINUTE = 60_000;
/** How many warnings and errors of each node are kept: about 1,000. */
const LOG_BOUNDS = { chunks: 8, perChunk: 128 };
/** Least time in ms between two looks for apps or keys that other nodes have made, however many unknown keys are shown. */
const LOOK_UP_INTERVAL = 100;

/** The host names that the config gives the relay. */
function hostsOf({ url, hosts }: Config['http']): string[] {
  return url === undefined ? hosts : [...hosts, new URL(url).hostname];
}

/** The keys that devices need to register for push; `""` where that push is off. */
function pushKeys({ webpush, fcm }: Config, publicKey: string) {
  const known = fcm.serviceAccount === undefined ? { projectId: '', applicationId: '', apiKey: '' } : fcm;
  return {
    webpushPublicKey: webpush.enabled ? publicKey : '',
    fcmProjectId: known.projectId,
    fcmApplicationId: known.applicationId,
    fcmApiKey: known.apiKey,
  };
}

/**
 * Opens the backend and starts everything on it.
 * @throws DataError if the data directory is in use or damaged, RelayError if Redis or the certificate cannot be used,
 * Node's error if a port is not available
 */
export async function startRelay(given: RelayOptions): Promise<Relay> {
  const lines = keepLines(given.logger);
  const options = { ...given, logger: lines.logger };
  const { tls } = options.config.http;
  const certificate = tls === undefined ? undefined : await Certificate.open(tls, options);
  let backend: Backend | undefined;
  try {
    backend = options.backend ?? (await openBackend(options));
    return await startOn(backend, certificate, options, lines);
  } catch (error) {
    certificate?.close();
    await backend?.close();
    throw error;
  }
}

/** Opens the backend of the config: Redis if the config has one, or else the data directory. */
function openBackend({ config, clock, logger, acceptLoss = false }: RelayOptions): Promise<Backend> {
  const { redis, storage, hooks } = config;
  const shared = { clock, logger, messageTtl: storage.ttl, maxFeeds: storage.maxFeeds };
  if (redis === undefined) return backends.embedded({ ...shared, dir: storage.dir, acceptLoss });
  return backends.redis({
    ...shared,
    config: redis,
    node: nodeName(config),
    historyTtl: storage.historyTtl,
    maxQueued: storage.maxQueued,
    maxDevices: storage.maxDevices,
    hooks,
  });
}

async function startOn(
  backend: Backend,
  certificate: Certificate | undefined,
  { config, clock, boot, logger, version }: RelayOptions,
  { onLine }: KeptLines,
): Promise<Relay> {
  const started = clock.monotonic();
  const { log, secrets, redis } = backend;
  const signingKey = Buffer.from(await secrets.get('signingKey', randomKey(32)), 'base64url');
  let made: string | undefined;
  const token = await createRelayToken({
    configured: config.token,
    store: secrets,
    signingKey,
    make() {
      made = randomKey(24)();
      return made;
    },
    clock,
    logger,
  });
  const isTokenNew = made !== undefined && token.matches(made);
  await backend.agreeOnToken(token.text());
  const auth = await createDeviceAuth({ keys: token.deviceKeys, clock, revocations: backend.revocations });
  const { guards } = backend;
  const pairings = createPairingCodes({ store: guards.pairings, clock, logger });

  // These functions refer to parts that are built below. They are called only when everything is up.
  const metrics: Metrics | undefined = config.metrics.enabled
    ? (await import('./metrics/metrics.ts')).createMetrics({
        sockets: () => edge.sockets.count(),
        queued: () => durable.queued(),
        nodes: () => backend.nodes.count(),
        apps: () => readAppMetrics({ ...live, dialects: open, redis }),
        redis,
      })
    : undefined;
  const bounds = socketBounds(descriptorLimit(), config.outbound.maxSockets);
  const outbound = createOutbound({ clock, maxSockets: bounds.outgoing });
  const live = await composeChannels({ backend, config, clock, logger, metrics });
  const recent = {
    documents: backend.documents,
    clock,
    node: backend.nodes.self,
    keptFor: config.storage.historyTtl,
  };
  const trace = createDeliveryTrace(recent);
  const logLines = createRecent<LogLineInfo>('log', LOG_BOUNDS, recent);
  let lineNumber = 0;
  onLine((line) => {
    lineNumber += 1;
    logLines.keep({ at: clock.now(), node: backend.nodes.self, number: lineNumber, ...line });
  });
  const durable = await composeDelivery({
    trace,
    backend,
    config,
    clock,
    boot: boot ?? { id: '', running: clock.monotonic },
    logger,
    token: token.text,
    auth,
    live,
    outbound,
    metrics,
    quiet: {
      isSilent: (device, message, isStored) => messages.quiet.isSilent(device, message, isStored),
      held: (device, message, wasHeld) => messages.quiet.held(device, message, wasHeld),
    },
  });
  const { deviceService, reports } = durable;
  durable.removals.add(pairings.endOf);

  const throttle = createThrottle({
    limit: config.http.maxAuthFailures,
    windowMs: MINUTE,
    clock,
    logger,
    store: guards.throttle,
    digest: createBlindDigest(sha256('wrong credentials', signingKey).toString('hex')),
  });
  const keys = await createKeys({ store: backend.keys, configured: config.keys, clock, logger });
  const keyUsages = createKeyUsages({ keys, clock, logger });
  if (metrics !== undefined) {
    keyUsages.onUse((_name, { result }) => {
      if (result !== 'ignored') metrics.keyUsed(result);
    });
  }
  const unmetered = createAuthenticator({
    token,
    auth,
    keys,
    lookUpKeys: backend.ownership.isShared ? createPace(keys.catchUp, LOOK_UP_INTERVAL, clock) : undefined,
    throttle,
    devices: deviceService,
    strangersSend: !config.http.verifyToken,
    strangersReceive: !config.websocket.verifyToken,
  });
  const access: Authenticator = metrics === undefined ? unmetered : meteredAccess(unmetered, metrics);
  const streams = createStreams({
    clock,
    maxBuffered: config.streams.maxBuffered,
    failed: (error) => logger.error({ err: error }, 'stream fault'),
  });
  const attachments = await composeAttachments({ backend, config, clock, logger });
  let draining = false;
  /** Known once the relay listens. */
  let ownPort = 0;
  backend.nodes.onChange((other, isThere) =>
    logger.info({ other }, isThere ? 'another node has joined' : 'another node is gone'),
  );
  const listeners = createListeners({ channels: live.channels, relayApp: live.app, mail: backend.mail });
  const messages = composeMessages({
    backend,
    boot,
    config,
    clock,
    logger,
    live,
    devices: deviceService,
    transports: durable.transports,
    deletion: durable.deletion,
    send: durable.send,
    retract: durable.retract,
    tellListeners: listeners.tell,
    outbound,
    secret: sha256('messages', signingKey).toString('hex'),
  });
  durable.removals.add((name) =>
    messages.quiet
      .forget(name)
      .catch((error: unknown) => logger.error({ device: name, err: error }, 'a job was not cancelled')),
  );
  const readSecret = sha256('readkeys', signingKey).toString('hex');
  const lastPayloads = createLastPayloads({
    clock,
    channels: live.channels,
    relayApp: live.app,
    nodes: backend.nodes,
    isShared: backend.ownership.isShared,
  });
  const ports = {
    lastPayloads,
    requestSelf: (request: SelfRequest) => {
      const { host, tls, basePath } = config.http;
      const path = `${basePath}${request.path}`;
      return requestSelf({ host, port: ownPort, isSecure: tls !== undefined }, { ...request, path });
    },
    publish: messages.publish,
    alerts: messages.alerts,
    timed: messages.timed,
    beats: messages.beats,
    emergencies: messages.emergencies,
    answers: messages.answers,
    ask: messages.ask,
    tellKey: messages.tellKey,
    tellRead: messages.tellRead,
    clear: messages.clear,
    deletion: durable.deletion,
    quiet: messages.quiet,
    announce: createAnnounce({ devices: deviceService, send: durable.send, logger }),
    checkPush: durable.checkPush,
    devices: deviceService,
    apps: live.apps,
    appRegistry: live.appRegistry,
    appStore: backend.apps,
    isShared: backend.ownership.isShared,
    lookUpApps: backend.ownership.isShared ? createPace(backend.apps.catchUp, LOOK_UP_INTERVAL, clock) : undefined,
    channels: live.channels,
    eventTap: live.eventTap,
    users: live.users,
    relayApp: live.app,
    report: reports.add,
    wake: durable.wake,
    presence: durable.presence,
    terminations: backend.terminations,
    hostForOthers: () => hostForOthers(config.http.host),
    onStatus: durable.statuses.add,
    onRemoved: durable.removals.add,
    guards,
    nameHolders: backend.nameHolders,
    nodes: backend.nodes,
    readForeign: backend.readForeign,
    redis,
    log,
    trace,
    logLines,
    makeBackup: createBackups({ config, clock, logger }),
    send: durable.send,
    messageIds: backend.messageIds,
    auth,
    pairings,
    throttle,
    access,
    relayToken: token,
    onTokensEnded: token.onEnded,
    senderKeys: keys,
    onKeyUse: keyUsages.onUse,
    noteKeyUse: keyUsages.note,
    registerKeyDevice: (key: Key) => registerKeyDevice(key, deviceService),
    onKeyEnded: keys.onEnded,
    watchCaller: createCallerWatch({
      onRemoved: durable.removals.add,
      onKeyEnded: keys.onEnded,
      onTokensEnded: token.onEnded,
    }),
    admit: createAdmit({ rates: guards.rates, usages: keyUsages }),
    bodyBudget: createBodyBudget({ bytes: config.http.maxUnproven, windowMs: MINUTE, clock }),
    foreignPages: createForeignPages({ hosts: hostsOf(config.http), allowed: config.http.cors }),
    streams,
    listeners,
    streamPlaces: createStreamPlaces(config.streams, 'streams'),
    attachments,
    sign: (text: string, length: number) => hmacLetters(readSecret, text, length),
    publicUrl: createPublicUrl(config.http),
    documents: backend.documents,
    templates: createTemplates({ documents: backend.documents, configured: config.templates, clock, logger }),
    claimedNames: () => edge.claimedNames,
    keys: pushKeys(config, durable.vapidPublicKey),
    draining: () => draining,
    outbound,
    clock,
    logger,
    version,
  };
  const open = await openDialects<typeof ports, Config>([api, ...dialects], ports, config);

  const health = () => ({
    ...statusOf(redis, draining),
    version,
    uptime: Math.floor((clock.monotonic() - started) / 1000),
    queued: durable.queued(),
    nodes: backend.nodes.count(),
    storage: backend.health(),
  });
  const edge = composeEdge({
    config,
    throttle,
    clock,
    logger,
    dialects: open,
    metrics,
    health,
    attachments,
    certificate,
    maxConnections: bounds.incoming,
  });

  async function close(): Promise<void> {
    draining = true;
    durable.answerAll();
    streams.close();
    // The others go on with the work of this node while it closes its sockets.
    const drained = Promise.all([durable.drain(), backend.drain()]);
    messages.quiet.close();
    certificate?.close();
    await edge.close();
    await drained;
    await messages.schedule.close();
    await durable.close();
    await Promise.all([trace.close(), logLines.close()]);
    await attachments?.close();
    outbound.close();
    token.close();
    keys.close();
    lastPayloads.close();
    await keyUsages.close();
    live.appRegistry.close();
    live.users.close();
    live.channels.close();
    await backend.close();
  }

  try {
    await durable.start();
    await registerKeyDevices(keys.list(), deviceService);
    const reached = await edge.open();
    ownPort = reached.http;
    const figures = () =>
      readFigures({ sockets: edge.sockets.count, queued: durable.queued, draining: () => draining, dialects: open });
    const factsNow = () => nodeFacts(config, reached, { version, token: token.text() });
    await backend.nodes.announce(factsNow(), figures);
    await compareConfigs(backend.nodes, factsNow().config, logger);
    token.onReplaced((before) => {
      logger.info({}, 'the token of the relay was replaced');
      Promise.all([backend.agreeOnToken(token.text(), before), backend.nodes.announce(factsNow(), figures)]).catch(
        (error: unknown) => logger.error({ err: error }, 'the other nodes do not know that this one has the new token'),
      );
    });
    durable.open();
    attachments?.start();
    messages.schedule.start();
    void backend.check();
    return {
      ports: reached,
      token: token.text(),
      isTokenNew,
      devices: () => deviceService.list().map(({ name }) => name),
      createPairing: async () => pairingPath((await pairings.create()).code),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
