// The queues of app webhooks: a report is stored, then sent to its hook until the app's server accepts it.
// Not here: what is reported (reports.ts), in which order it goes out (address-queue.ts), and how (attempts.ts).
import { randomUUID } from 'node:crypto';
import type { App, Hook } from '../channel/app.ts';
import type { Ownership } from '../delivery/ports.ts';
import { AddressQueue, type Sending } from './address-queue.ts';
import { type AttemptsPorts, createAttempts, HOOK } from './attempts.ts';
import type { HooksConfig } from './config.ts';
import type { EventReport } from './event-report.ts';
import { createReportReader } from './report-reader.ts';
import type { NewReport, ReportStore, StoredReport } from './report-store.ts';
import { addressOf, newReport, splitBody } from './request.ts';

/** What the queues need. */
export interface WebhookQueuesPorts extends AttemptsPorts {
  readonly config: HooksConfig;
  readonly store: ReportStore;
  /** Which addresses this node sends to. */
  readonly ownership: Ownership;
  /** A number in [0, 1). */
  random(): number;
}

/** The queues of one relay. */
export interface WebhookQueues {
  /** Loads the reports that wait from the last run. */
  load(): Promise<void>;
  /** Queues the events that go to one hook in one request. Only where no other node adds reports. */
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

interface Address {
  readonly queue: AddressQueue;
  /** Reports and their bytes, including those that are being stored. */
  reports: number;
  bytes: number;
  readonly warnDrop: (report: NewReport, facts: object) => void;
}

/** Makes the queues of one relay. */
export function createWebhookQueues(ports: WebhookQueuesPorts): WebhookQueues {
  const { config, store, apps, ownership, clock, logger, meter } = ports;
  const addresses = new Map<string, Address>();
  const storing = new Set<Promise<void>>();
  const closing = new AbortController();
  const attempts = createAttempts(ports, closing.signal);
  /** Bytes of bodies in memory. */
  let buffered = 0;
  let draining = false;
  let closed = false;

  function open(name: string): Address {
    const address: Address = {
      reports: 0,
      bytes: 0,
      warnDrop: attempts.createWarning('reports are dropped: the queue is full'),
      queue: new AddressQueue({
        clock,
        concurrency: config.concurrency,
        lifetime: config.lifetime,
        random: ports.random,
        mayBegin: ownership.mayBegin,
        attempt: attempts.forAddress(() => address.reports),
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
    store.remove(report).catch((error: unknown) => {
      logger.error({ err: error, app: report.app }, 'a finished report could not be removed; it may be sent again');
    });
    meter?.reached(how === 'taken' ? 'ok' : 'failed', HOOK);
    if (how !== 'taken') logger.warn({ ...attempts.factsOf(report), reason }, 'a report is given up');
  }

  function release(address: Address, { bytes, address: name }: StoredReport, isBuffered: boolean): void {
    address.reports -= 1;
    address.bytes -= bytes;
    if (isBuffered) buffered -= bytes;
    if (address.reports > 0) return;
    address.queue.close();
    if (addresses.get(name) === address) addresses.delete(name);
  }

  /** Takes reports out of a queue. They stay in the store. */
  function drop(address: Address, isMeant: (report: StoredReport) => boolean): void {
    for (const { report, body } of address.queue.drop(isMeant)) release(address, report, body !== undefined);
  }

  async function split(address: Address, { report, body: kept }: Sending): Promise<StoredReport[] | undefined> {
    try {
      const text = kept ?? (await store.body(report)) ?? '';
      const parts = splitBody(text).map((part): NewReport => ({ ...report, ...part, request: randomUUID() }));
      const seqs = await store.split(report, parts);
      // The app was removed in the meantime. That removed the parts from the store, and the report from the counts.
      if (seqs === undefined || apps.byId(report.app) === undefined) return undefined;
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

  /** Keeps the body in memory if there is room for it. */
  function buffer(body: string, bytes: number): string | undefined {
    if (buffered + bytes > config.maxBuffered) return undefined;
    buffered += bytes;
    return body;
  }

  async function storeAndQueue(address: Address, report: NewReport, bytes: number): Promise<void> {
    try {
      const seq = await store.add(report);
      const { body, ...rest } = report;
      const [stored, kept] = [{ ...rest, seq, bytes }, buffer(body, bytes)];
      if (apps.byId(report.app) === undefined || closed) release(address, stored, kept !== undefined);
      else address.queue.add({ report: stored, body: kept, age: 0 });
    } catch (error) {
      release(address, { ...report, seq: 0, bytes }, false);
      logger.error({ err: error, app: report.app }, 'a report could not be stored');
    }
  }

  /** Queues a report that is in the store. */
  function queue(report: StoredReport, body?: string): void {
    const address = addresses.get(report.address) ?? open(report.address);
    address.reports += 1;
    address.bytes += report.bytes;
    // A report does not live longer if the clock was set back, and gets one attempt if it was set forward.
    const age = Math.min(config.lifetime, Math.max(0, clock.now() - report.acceptedAt));
    address.queue.add({ report, body: body === undefined ? undefined : buffer(body, report.bytes), age });
  }

  const reader = createReportReader({ store, ownership, queue, isClosed: () => closed });
  store.news?.onAdded((address) => {
    reader.follow(address).catch((error: unknown) => logger.debug({ err: error }, 'new reports could not be read'));
  });
  ownership.onGained(reader.load);
  ownership.onLost(async (isLost) => {
    reader.lose(isLost);
    const lost = [...addresses].filter(([name]) => isLost(name));
    for (const [name] of lost) addresses.delete(name);
    await Promise.all(lost.map(([, address]) => address.queue.drain()));
    for (const [, address] of lost) drop(address, () => true);
  });
  ownership.onResumed(() => {
    for (const address of addresses.values()) address.queue.resume();
  });

  return {
    load: () => reader.load(ownership.owns),
    emit(app, hook, events) {
      const name = addressOf(hook);
      const address = addresses.get(name) ?? open(name);
      const report = newReport(app, hook, events, clock.now());
      const bytes = Buffer.byteLength(report.body);
      if (address.reports >= config.maxQueued || address.bytes + bytes > config.maxQueuedBytes) {
        const limit = address.reports >= config.maxQueued ? 'hooks.maxQueued' : 'hooks.maxQueuedBytes';
        address.warnDrop(report, { limit, waiting: address.reports });
        return;
      }
      address.reports += 1;
      address.bytes += bytes;
      const stored = storeAndQueue(address, report, bytes).finally(() => storing.delete(stored));
      storing.add(stored);
    },
    forget(app) {
      for (const address of [...addresses.values()]) drop(address, (report) => report.app === app);
      store.forget(app).catch((error: unknown) => logger.error({ err: error, app }, 'reports could not be removed'));
    },
    queued() {
      let total = 0;
      for (const { reports } of addresses.values()) total += reports;
      return total;
    },
    async drain() {
      draining = true;
      await Promise.all([...addresses.values()].map((address) => address.queue.drain()));
    },
    async settled() {
      await Promise.all(storing);
    },
    close() {
      closed = true;
      closing.abort();
      for (const address of addresses.values()) address.queue.close();
      addresses.clear();
    },
  };
}
