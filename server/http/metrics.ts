// The metrics in Prometheus' format: figures that are read when somebody asks, and counts of what went by.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';

/** Figures that are read at each scrape. */
export interface MetricSources {
  /** Open sockets of all dialects. */
  sockets(): number;
  /** Per app: connections of its SDKs, and channels with subscribers. */
  apps(): Iterable<{ readonly id: string; readonly connections: number; readonly channels: number }>;
  /** Deliveries that are not settled. */
  queued(): number;
}

/** The metrics of one relay. */
export interface Metrics {
  /** An event was published to this many subscriptions. */
  published(app: string, deliveries: number): void;
  /** A transport made an attempt. */
  attempted(transport: string, outcome: string): void;
  /** A delivery got a status. */
  reached(status: string): void;
  /** The answer to a scrape. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Makes them; the process's own are among them, such as the delay of the event loop. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const counter = (name: string, help: string, labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  const events = counter('herald_events_in_total', 'Events published to channels.', ['app']);
  const delivered = counter('herald_events_out_total', 'Events handed to subscriptions.', ['app']);
  const attempts = counter('herald_delivery_attempts_total', 'Attempts to deliver a message.', [
    'transport',
    'outcome',
  ]);
  const statuses = counter('herald_deliveries_total', 'Statuses that deliveries reached.', ['status']);
  new Gauge({
    name: 'herald_sockets',
    help: 'Open sockets.',
    registers,
    collect() {
      this.set(sources.sockets());
    },
  });
  new Gauge({
    name: 'herald_queued',
    help: 'Deliveries that are not settled.',
    registers,
    collect() {
      this.set(sources.queued());
    },
  });
  for (const [figure, help] of [
    ['connections', 'Connections of an app.'],
    ['channels', 'Channels of an app with subscribers.'],
  ] as const) {
    new Gauge({
      name: `herald_app_${figure}`,
      help,
      labelNames: ['app'],
      registers,
      collect() {
        // Apps that are gone must not stay in the answer.
        this.reset();
        for (const app of sources.apps()) this.set({ app: app.id }, app[figure]);
      },
    });
  }
  return {
    published(app, deliveries) {
      events.inc({ app });
      delivered.inc({ app }, deliveries);
    },
    attempted: (transport, outcome) => attempts.inc({ transport, outcome }),
    reached: (status) => statuses.inc({ status }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
