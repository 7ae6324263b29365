// The queues of app webhooks: a report is stored, then sent to its hook until the app's server accepts it.
// Not here: what is reported (reports.ts) and in which order it goes out (address-queue.ts).
import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import type { Logger } from '../base/logger.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { Client } from '../outbound/client.ts';
import { AddressQueue, type ReportOutcome, type Sending } from './address-queue.ts';
import type { HooksConfig } from './config.ts';
import type { EventReport } from './event-report.ts';
import type { NewReport, ReportStore, StoredReport } from './report-store.ts';
import { channelsOf, type HookTarget, hookRequest, reportBody, splitBody } from './request.ts';

/** What the queues need. */
export interface WebhookQueuesPorts {
  readonly config: HooksConfig;
  readonly store: ReportStore;
  readonly apps: Pick<Apps, 'byId'>;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A number in [0, 1). */
  random(): number;
  /** Counts attempts and results; undefined if metrics are off. */
  readonly meter?: HookMeter | undefined;
}

/** The counters of app webhooks. */
export interface HookMeter {
  attempted(transport: string, outcome: 'confirmed' | 'retry' | 'refused'): void;
  retried(transport: string): void;
  reached(status: 'ok' | 'failed', transport: string): void;
}

/** The queues of one relay. */
export interface WebhookQueues {
  /** Loads the reports that wait from the last run. */
  load(): Promise<void>;
  /** Queues the events that go to one hook in one request. */
  emit(app: App, hook: Hook, events: readonly EventReport[]): void;
  /** Drops the reports of an app that was removed. */
  forget(app: string): void;
  /** How many reports wait. */
  queued(): number;
  /** Starts no further request; resolves when none is under way. Reports queued from now on wait for the next run. */
  drain(): Promise<void>;
  /** Resolves when every queued report is durable. */
  settled(): Promise<void>;
  /** Aborts the requests under way. */
  close(): void;
}

/** The name under which app webhooks are measured. */
export const HOOK = 'hook';
/** An address is logged when a report has failed this many times. */
const LOG_AFTER = 3;
/** Least time in ms between two log lines about the same address. */
const LOG_INTERVAL = 600_000;

interface Address {
  readonly queue: AddressQueue;
  /** Reports and their bytes, including those that are being stored. */
  reports: number;
  bytes: number;
  /** When a failure and a drop were last logged, on the monotonic clock. */
  failureLogged: number;
  dropLogged: number;
}

const digests = new WeakMap<Hook, string>();

/** A name for the address of a hook: a digest of its URL, which stays the same after a restart. */
export function addressOf(hook: Hook): string {
  const known = digests.get(hook);
  if (known !== undefined) return known;
  const digest = sha256(hook.url).toString('hex').slice(0, 16);
  digests.set(hook, digest);
  return digest;
}

/** Makes the queues of one relay. */
export function createWebhookQueues(ports: WebhookQueuesPorts): WebhookQueues {
  const { config, store, apps, client, clock, logger, meter } = ports;
  const addresses = new Map<string, Address>();
  const storing = new Set<Promise<void>>();
  const closing = new AbortController();
  /** Bytes of bodies in memory. */
  let buffered = 0;
  let draining = false;
  let closed = false;

  function targetOf({
    app: id,
    address,
    hook,
  }: Pick<StoredReport, 'app' | 'address' | 'hook'>): HookTarget | undefined {
    const app = apps.byId(id);
    const hooks = app?.hooks.filter((one) => addressOf(one) === address) ?? [];
    // If the app has fewer hooks than before a restart, its first hook with this address gets the report.
    const target = hooks[hook] ?? hooks[0];
    return app === undefined || target === undefined ? undefined : { app, hook: target };
  }

  async function attempt({ report, body: kept }: Sending): Promise<ReportOutcome> {
    const target = targetOf(report);
    if (target?.app.enabled !== true) return { kind: 'unwanted', reason: 'the app has no such hook' };
    const body = kept ?? (await store.body(report.seq));
    if (body === undefined) return { kind: 'unwanted', reason: 'the report is no longer stored' };
    const request = hookRequest(target, report.request, body);
    if (request === undefined) return { kind: 'unwanted', reason: 'the app has no active key' };
    const answer = await client.send({ ...request, proxy: undefined }, closing.signal);
    if (closing.signal.aborted) return { kind: 'aborted' };
    if (answer.fault !== undefined) return { kind: 'unavailable', reason: answer.fault };
    const { status, words: reason, after } = answer;
    if (status >= 200 && status < 300) return { kind: 'taken' };
    const concernsAll = after !== undefined || [429, 502, 503, 504].includes(status);
    return concernsAll ? { kind: 'unavailable', reason, after } : { kind: 'refused', reason };
  }

  async function tryOnce(address: Address, sending: Sending, tries: number): Promise<ReportOutcome> {
    if (tries > 1) meter?.retried(HOOK);
    try {
      const outcome = await attempt(sending);
      meter?.attempted(HOOK, OUTCOMES[outcome.kind]);
      if ('reason' in outcome && tries >= LOG_AFTER) noteFailing(address, sending.report, outcome.reason);
      return outcome;
    } catch (error) {
      logger.error({ err: error, app: sending.report.app }, 'a report could not be sent; it is tried again');
      return { kind: 'refused', reason: 'internal error' };
    }
  }

  function factsOf(report: Pick<StoredReport, 'app' | 'address' | 'hook'>) {
    const target = targetOf(report);
    // Only the origin, because the rest of the URL may contain a password.
    return { app: report.app, ...(target === undefined ? {} : { webhook: new URL(target.hook.url).origin }) };
  }

  function noteFailing(address: Address, report: StoredReport, reason: string): void {
    if (clock.monotonic() - address.failureLogged < LOG_INTERVAL) return;
    address.failureLogged = clock.monotonic();
    logger.warn({ ...factsOf(report), reason, waiting: address.reports }, 'a webhook keeps refusing; its reports wait');
  }

  function noteDrop(address: Address, report: NewReport, limit: string): void {
    if (clock.monotonic() - address.dropLogged < LOG_INTERVAL) return;
    address.dropLogged = clock.monotonic();
    logger.warn({ ...factsOf(report), limit, waiting: address.reports }, 'reports are dropped: the queue is full');
  }

  function open(name: string): Address {
    const address: Address = {
      reports: 0,
      bytes: 0,
      failureLogged: Number.NEGATIVE_INFINITY,
      dropLogged: Number.NEGATIVE_INFINITY,
      queue: new AddressQueue({
        clock,
        concurrency: config.concurrency,
        lifetime: config.lifetime,
        random: ports.random,
        attempt: (sending, tries) => tryOnce(address, sending, tries),
        split: (sending) => split(address, sending),
        ended: (sending, how, reason) => end(address, sending, how, reason),
        fault: (error) => logger.error({ err: error }, 'a bug in the queues of app webhooks'),
      }),
    };
    if (draining) address.queue.stop();
    addresses.set(name, address);
    return address;
  }

  function end(address: Address, sending: Sending, how: 'taken' | 'unwanted' | 'givenUp', reason: string): void {
    const { report } = sending;
    release(address, report, sending.body !== undefined);
    store.remove(report.seq).catch((error: unknown) => {
      logger.error({ err: error, app: report.app }, 'a finished report could not be removed; it may be sent again');
    });
    meter?.reached(how === 'taken' ? 'ok' : 'failed', HOOK);
    if (how !== 'taken') logger.warn({ ...factsOf(report), reason }, 'a report is given up');
  }

  function release(address: Address, { bytes, address: name }: StoredReport, isBuffered: boolean): void {
    address.reports -= 1;
    address.bytes -= bytes;
    if (isBuffered) buffered -= bytes;
    if (address.reports > 0) return;
    address.queue.close();
    if (addresses.get(name) === address) addresses.delete(name);
  }

  async function split(address: Address, { report, body: kept }: Sending): Promise<StoredReport[] | undefined> {
    try {
      const text = kept ?? (await store.body(report.seq)) ?? '';
      const parts = splitBody(text).map((part): NewReport => ({ ...report, ...part, request: randomUUID() }));
      // All in one turn of the event loop, so that a crash leaves either the whole report or its parts.
      const adding = parts.map((part) => store.add(part, report.seq));
      const removing = store.remove(report.seq);
      const seqs = await Promise.all(adding);
      await removing;
      // The app was removed in the meantime. That removed the parts from the store, and the report from the counts.
      if (apps.byId(report.app) === undefined) return undefined;
      const stored = parts.map(({ body, ...part }, index): StoredReport => {
        return { ...part, seq: seqs[index] ?? 0, bytes: Buffer.byteLength(body) };
      });
      for (const { bytes } of stored) {
        address.reports += 1;
        address.bytes += bytes;
      }
      release(address, report, kept !== undefined);
      return stored;
    } catch (error) {
      logger.error({ err: error, app: report.app }, 'a report could not be split');
      return undefined;
    }
  }

  async function storeAndQueue(address: Address, report: NewReport, bytes: number): Promise<void> {
    try {
      const seq = await store.add(report);
      const isBuffered = buffered + bytes <= config.maxBuffered;
      if (isBuffered) buffered += bytes;
      const { body, ...rest } = report;
      const stored = { ...rest, seq, bytes };
      if (apps.byId(report.app) === undefined || closed) release(address, stored, isBuffered);
      else address.queue.add({ report: stored, body: isBuffered ? body : undefined, age: 0 });
    } catch (error) {
      release(address, { ...report, seq: 0, bytes }, false);
      logger.error({ err: error, app: report.app }, 'a report could not be stored');
    }
  }

  return {
    async load() {
      const now = clock.now();
      for (const report of await store.load()) {
        const address = addresses.get(report.address) ?? open(report.address);
        address.reports += 1;
        address.bytes += report.bytes;
        // A report does not live longer if the clock was set back, and gets one attempt if it was set forward.
        const age = Math.min(config.lifetime, Math.max(0, now - report.acceptedAt));
        address.queue.add({ report, body: undefined, age });
      }
    },
    emit(app, hook, events) {
      const name = addressOf(hook);
      const address = addresses.get(name) ?? open(name);
      const acceptedAt = clock.now();
      const body = reportBody(app, events, acceptedAt);
      const bytes = Buffer.byteLength(body);
      const index = app.hooks.filter((one) => addressOf(one) === name).indexOf(hook);
      const common = { app: app.id, address: name, hook: index, request: randomUUID() };
      const report: NewReport = { ...common, channels: channelsOf(events), acceptedAt, body };
      if (address.reports >= config.maxQueued || address.bytes + bytes > config.maxQueuedBytes) {
        const limit = address.reports >= config.maxQueued ? 'hooks.maxQueued' : 'hooks.maxQueuedBytes';
        noteDrop(address, report, limit);
        return;
      }
      address.reports += 1;
      address.bytes += bytes;
      const stored = storeAndQueue(address, report, bytes).finally(() => storing.delete(stored));
      storing.add(stored);
    },
    forget(app) {
      for (const address of [...addresses.values()]) {
        for (const { report, body } of address.queue.forget(app)) release(address, report, body !== undefined);
      }
      store.forget(app).catch((error: unknown) => logger.error({ err: error, app }, 'reports could not be removed'));
    },
    queued() {
      let total = 0;
      for (const { reports } of addresses.values()) total += reports;
      return total;
    },
    async drain() {
      draining = true;
      await Promise.all([...addresses.values()].map(({ queue }) => queue.drain()));
    },
    async settled() {
      await Promise.all(storing);
    },
    close() {
      closed = true;
      closing.abort();
      for (const { queue } of addresses.values()) queue.close();
      addresses.clear();
    },
  };
}

const OUTCOMES = {
  taken: 'confirmed',
  refused: 'retry',
  unavailable: 'retry',
  aborted: 'retry',
  unwanted: 'refused',
} as const;
