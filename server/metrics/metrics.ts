// The metrics in Prometheus' format: figures that are read when somebody asks, and counts of what went by.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Outcome, Transport } from '../delivery/ports.ts';

/** What is measured of one app. */
export interface AppFigures {
  readonly id: string;
  /** Connections of its SDKs. */
  readonly connections: number;
  /** Channels with subscribers. */
  readonly channels: number;
}

/** Figures that are read at each scrape. */
export interface MetricSources {
  /** Open sockets of all dialects. */
  sockets(): number;
  apps(): readonly AppFigures[];
  /** Deliveries that are not settled. */
  queued(): number;
}

/** The metrics of one relay. */
export interface Metrics {
  /** A message was stored for somebody. */
  accepted(): void;
  /** So many events were published. */
  published(app: string, count: number): void;
  /** Events were handed to subscriptions, so many times. */
  delivered(app: string, count: number): void;
  /** The series of an app that was removed end. */
  forget(app: string): void;
  /** The series of a transport begin, with zeros. */
  knows(transport: Pick<Transport, 'name' | 'statuses'>): void;
  /** A transport made an attempt. */
  attempted(transport: string, outcome: Outcome['kind']): void;
  /** A transport makes an attempt that is not the first one. */
  retried(transport: string): void;
  /** A delivery got a status, on this transport if one was at work on it. */
  reached(status: string, transport: string | undefined): void;
  /** The answer to a scrape. */
  text(): Promise<string>;
  readonly contentType: string;
}

const OUTCOMES: readonly Outcome['kind'][] = ['accepted', 'confirmed', 'offline', 'retry', 'gone', 'refused'];
/** In place of a transport where none was at work: the time of the delivery ended, or it was acknowledged another way. */
const NO_TRANSPORT = 'none';

/** Makes them; the process's own are among them, such as the delay of the event loop. */
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
  const connections = gauge('herald_app_connections', 'Connections of an app.', ['app']);
  const channels = gauge('herald_app_channels', 'Channels of an app with subscribers.', ['app']);
  const events = counter('herald_events_in_total', 'Events published to channels.', ['app']);
  const delivered = counter('herald_events_out_total', 'Events handed to subscriptions.', ['app']);
  const messages = counter('herald_messages_in_total', 'Messages accepted for at least one device.', []);
  const attempts = counter('herald_delivery_attempts_total', 'Attempts to deliver a message, by what became of them.', [
    'transport',
    'outcome',
  ]);
  const retries = counter('herald_delivery_retries_total', 'Attempts that were not the first of their delivery.', [
    'transport',
  ]);
  const statuses = counter('herald_deliveries_total', 'Statuses that deliveries reached.', ['status', 'transport']);
  for (const status of ['ok', 'failed']) statuses.inc({ status, transport: NO_TRANSPORT }, 0);

  function read(): void {
    sockets.set(sources.sockets());
    queued.set(sources.queued());
    // Apps that are gone must not stay in the answer.
    connections.reset();
    channels.reset();
    for (const figures of sources.apps()) {
      const app = { app: figures.id };
      connections.set(app, figures.connections);
      channels.set(app, figures.channels);
      events.inc(app, 0);
      delivered.inc(app, 0);
    }
  }

  return {
    accepted: () => messages.inc(),
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
    attempted: (transport, outcome) => attempts.inc({ transport, outcome }),
    retried: (transport) => retries.inc({ transport }),
    reached: (status, transport = NO_TRANSPORT) => statuses.inc({ status, transport }),
    text() {
      read();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
