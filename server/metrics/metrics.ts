// The metrics in Prometheus' format: gauges that are read at each scrape, and counters of events.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { KeyUse } from '../access/key-usage.ts';
import type { Principal } from '../access/principal.ts';
import type { Outcome, Transport } from '../delivery/ports.ts';
import type { SharedRedis } from '../nodes.ts';
import { createRedisMetrics } from './redis-metrics.ts';

/** The numbers of one app. */
export interface AppMetrics {
  readonly id: string;
  /** Open sockets of the app's clients. */
  readonly connections: number;
  /** Channels with subscribers; undefined if another node reports them. */
  readonly channels?: number;
}

/** Values that are read at each scrape. */
export interface MetricSources {
  /** Open sockets of all dialects. */
  sockets(): number;
  apps(): Promise<readonly AppMetrics[]>;
  /** Deliveries that are not settled. */
  queued(): number;
  /** Live nodes. */
  nodes(): number;
  /** Undefined if the relay has no Redis. */
  readonly redis: SharedRedis | undefined;
}

/** The metrics of one relay. */
export interface Metrics {
  /** A message was stored for at least one device. */
  accepted(): void;
  /** The devices of a message had to be looked up again, because another node had changed them. */
  stale(): void;
  /** Events were published. */
  published(app: string, count: number): void;
  /** Events were handed to subscriptions; each event counts once per subscription. */
  delivered(app: string, count: number): void;
  /** Drops the series of an app that was removed. */
  forget(app: string): void;
  /** Starts the series of a transport at zero. */
  knows(transport: Pick<Transport, 'name' | 'statuses'>): void;
  /** A transport finished an attempt, or as many with the same outcome. */
  attempted(transport: string, outcome: Outcome['kind'], count?: number): void;
  /** A transport repeats an attempt. */
  retried(transport: string): void;
  /** Someone showed a credential, or none where one was asked for. */
  called(caller: CallerKind): void;
  /** A key was used to send. */
  keyUsed(result: KeyResult): void;
  /** A delivery reached a status; `transport` is undefined when no transport caused it. */
  reached(status: string, transport: string | undefined): void;
  /** The answer to a scrape. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** The kind of a principal, or `refused` for a wrong credential. Names stay out: there may be any number of them. */
export type CallerKind = Principal['kind'] | 'refused';

/** How a send with a key ended. A payload that says nothing is no send. */
type KeyResult = Exclude<KeyUse['result'], 'ignored'>;

const CALLERS: readonly CallerKind[] = ['owner', 'key', 'device', 'stranger', 'refused'];
const KEY_RESULTS: readonly KeyResult[] = ['sent', 'refused', 'limited'];
const OUTCOMES: readonly Outcome['kind'][] = ['accepted', 'confirmed', 'offline', 'retry', 'gone', 'refused'];
/** The label for a status that no transport caused: the delivery expired, or it was acknowledged in another way. */
const NO_TRANSPORT = 'none';

/** Creates the metrics, including those of the process, such as the delay of the event loop. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
    new Gauge({ name, help, labelNames, registers });
  const sockets = gauge('herald_sockets', 'Open sockets.', []);
  const queued = gauge('herald_queued', 'Deliveries that are not settled.', []);
  const nodes = gauge('herald_nodes', 'Live nodes, as far as this one knows.', []);
  const connections = gauge('herald_app_connections', 'Connections of an app.', ['app']);
  const channels = gauge('herald_app_channels', 'Channels of an app with subscribers.', ['app']);
  const events = counter('herald_events_in_total', 'Events published to channels.', ['app']);
  const delivered = counter('herald_events_out_total', 'Events handed to subscriptions.', ['app']);
  const messages = counter('herald_messages_in_total', 'Messages accepted for at least one device.', []);
  const attempts = counter('herald_delivery_attempts_total', 'Attempts to deliver a message, by outcome.', [
    'transport',
    'outcome',
  ]);
  const retries = counter('herald_delivery_retries_total', 'Attempts after the first one of a delivery.', [
    'transport',
  ]);
  const statuses = counter('herald_deliveries_total', 'Statuses that deliveries reached.', ['status', 'transport']);
  for (const status of ['ok', 'failed']) statuses.inc({ status, transport: NO_TRANSPORT }, 0);

  const callers = counter('herald_callers_total', 'Checks of who a caller is, by what was found.', ['principal']);
  for (const principal of CALLERS) callers.inc({ principal }, 0);
  const keyUses = counter('herald_key_sends_total', 'Messages that keys sent or tried to send.', ['result']);
  for (const result of KEY_RESULTS) keyUses.inc({ result }, 0);

  const shared = sources.redis && createRedisMetrics(sources.redis, registry);

  async function read(): Promise<void> {
    const apps = await sources.apps();
    sockets.set(sources.sockets());
    queued.set(sources.queued());
    nodes.set(sources.nodes());
    // Removed apps must not stay in the answer.
    connections.reset();
    channels.reset();
    for (const measured of apps) {
      const app = { app: measured.id };
      connections.set(app, measured.connections);
      if (measured.channels !== undefined) channels.set(app, measured.channels);
      events.inc(app, 0);
      delivered.inc(app, 0);
    }
  }

  return {
    accepted: () => messages.inc(),
    stale: () => shared?.stale(),
    published: (app, count) => events.inc({ app }, count),
    delivered: (app, count) => delivered.inc({ app }, count),
    forget(app) {
      events.remove({ app });
      delivered.remove({ app });
    },
    knows({ name: transport, statuses: steps }) {
      for (const outcome of OUTCOMES) attempts.inc({ transport, outcome }, 0);
      retries.inc({ transport }, 0);
      for (const status of new Set(['ok', 'failed', ...Object.values(steps)])) statuses.inc({ status, transport }, 0);
    },
    attempted: (transport, outcome, count = 1) => attempts.inc({ transport, outcome }, count),
    retried: (transport) => retries.inc({ transport }),
    called: (principal) => callers.inc({ principal }),
    keyUsed: (result) => keyUses.inc({ result }),
    reached: (status, transport = NO_TRANSPORT) => statuses.inc({ status, transport }),
    async text() {
      await read();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
