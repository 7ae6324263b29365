// What became of deliveries step by step, and how the routes of devices answered, for the owner. The statuses themselves are
// in the log.
import type { DeliveryStep, RouteAnswer } from '../../shared/api.ts';
import type { Status } from '../../shared/status.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import type { FailureKind } from '../delivery/ports.ts';
import { createRecent, type Recent, type RecentPorts } from './recent.ts';

/** A step of one delivery. */
export interface TracedStep extends Omit<DeliveryStep, 'status'> {
  readonly mid: string;
  readonly device: string;
  readonly status?: Status;
}

/** How a route answered. */
export interface TracedAnswer extends RouteAnswer {
  /** A device; for reports to the server of an app, the id of the app. */
  readonly name: string;
  /** Of a device, or `app`. */
  readonly transport: string;
  /** Where reports of an app go. */
  readonly origin?: string;
}

/** Keeps what becomes of deliveries. Each call costs a few dozen nanoseconds. */
export interface DeliveryTrace {
  /** Called when this node changes the public status of a delivery. */
  reached(mid: string, device: string, status: Status, transport: string | undefined): void;
  /** Called when a route did not take a delivery. `mid` is `""` if it was not about a single delivery. */
  failed(mid: string, device: string, transport: string, kind: FailureKind, reason: string): void;
  /** Called when the server of an app answered a report, or could not be reached: then with the reason. */
  reported(app: string, origin: string, reason?: string): void;
  readonly steps: Pick<Recent<TracedStep>, 'read'>;
  readonly answers: Pick<Recent<TracedAnswer>, 'read'>;
  /** Stores what is not stored yet. Never rejects. */
  close(): Promise<void>;
}

const MAX_REASON = 300;
/** Successes of one route are kept at most this often, in ms, so that they leave room for others. */
const SUCCESS_INTERVAL = 10_000;
const MAX_ROUTES = 10_000;

/** Statuses that say that a receiver, or the service that carries it there, has taken a message. */
const TAKEN: ReadonlySet<Status> = new Set<Status>(['ok', 'webpush-ok', 'fcm-ok']);

/** Makes the trace of one node. */
export function createDeliveryTrace(ports: RecentPorts): DeliveryTrace {
  const { clock } = ports;
  const steps = createRecent<TracedStep>('steps', { chunks: 16, perChunk: 128 }, ports);
  const answers = createRecent<TracedAnswer>('answers', { chunks: 8, perChunk: 128 }, ports);
  /** Routes that failed last. */
  const failing = new BoundedMap<string, true>(clock, { maxEntries: MAX_ROUTES });
  /** Routes with a success that was kept a moment ago. */
  const told = new BoundedMap<string, true>(clock, { maxEntries: MAX_ROUTES, ttl: SUCCESS_INTERVAL });

  function success(key: string, answer: Omit<TracedAnswer, 'at' | 'kind'>, isWanted: boolean): void {
    const hadFailed = failing.size > 0 && failing.delete(key);
    if (!hadFailed && (!isWanted || told.has(key))) return;
    told.set(key, true);
    answers.keep({ ...answer, at: clock.now(), kind: 'taken' });
  }

  function failure(key: string, answer: Omit<TracedAnswer, 'at'>): void {
    failing.set(key, true);
    told.delete(key);
    answers.keep({ ...answer, at: clock.now() });
  }

  return {
    reached(mid, device, status, transport) {
      // A webhook waits between its tries, which are told as failures.
      if (status === 'wait' && transport === 'webhook') return;
      steps.keep({ mid, device, at: clock.now(), status, ...(transport === undefined ? {} : { transport }) });
      if (transport === undefined || !TAKEN.has(status)) return;
      const isWebhook = transport === 'webhook';
      // The hot path: text is only made when the owner looks.
      if (isWebhook || failing.size > 0) success(`${device}/${transport}`, { name: device, transport, mid }, isWebhook);
    },
    failed(mid, device, transport, kind, text) {
      const reason = text.slice(0, MAX_REASON);
      if (mid !== '') steps.keep({ mid, device, at: clock.now(), transport, failure: kind, reason });
      failure(`${device}/${transport}`, { name: device, transport, kind, reason, ...(mid === '' ? {} : { mid }) });
    },
    reported(app, origin, reason) {
      const key = `${app}/app/${origin}`;
      const answer = { name: app, transport: 'app', origin };
      if (reason === undefined) success(key, answer, true);
      else failure(key, { ...answer, kind: 'retry', reason: reason.slice(0, MAX_REASON) });
    },
    steps,
    answers,
    async close() {
      await Promise.all([steps.close(), answers.close()]);
    },
  };
}
