// Ends what is too old: deliveries past their time to live fail, and old history is deleted.
import { isReceived } from '../../shared/status.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { Outboxes } from './outboxes.ts';
import type { MessageLog, OverdueDelivery } from './ports.ts';

/** What housekeeping needs. */
export interface HousekeepingPorts {
  readonly log: Pick<MessageLog, 'overdue' | 'expire'>;
  /** Deletes at most so many small documents that have expired. Resolves to how many there were. */
  sweepDocuments(most: number): Promise<number>;
  readonly outboxes: Pick<Outboxes, 'acknowledge' | 'fail'>;
  readonly clock: Clock;
  /** Corrects the ages of messages before anything ends by its age. Undefined if no clock can spoil them. */
  readonly clockWatch: Pick<ClockWatch, 'check'> | undefined;
  readonly logger: Logger;
  /** How long a message is kept, in ms. */
  readonly historyTtl: number;
}

const INTERVAL = 60_000;
const PAGE = 200;
/** The most devices that one sweep names in the log. */
const MAX_LINES = 20;

/** Makes the housekeeping, which sweeps at the start and then once a minute. */
export function createHousekeeping(ports: HousekeepingPorts): { start(): void; close(): Promise<void> } {
  let timer: Timer;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  /** Ends one delivery. It did not fail if the device has shown the message, even without an acknowledgement. */
  async function end({ mid, device, status }: OverdueDelivery): Promise<{ ended: boolean; failed: boolean }> {
    const { outboxes } = ports;
    if (isReceived(status)) return { ended: await outboxes.acknowledge(mid, device), failed: false };
    const ended = await outboxes.fail(mid, device);
    return { ended, failed: ended };
  }

  async function endOverdue(): Promise<void> {
    const now = ports.clock.now();
    const failed = new Map<string, number>();
    try {
      while (!closed) {
        const page = await ports.log.overdue(now, PAGE);
        const results = await Promise.all(page.map(end));
        for (const [index, { device }] of page.entries()) {
          if (results[index]?.failed === true) failed.set(device, (failed.get(device) ?? 0) + 1);
        }
        if (page.length < PAGE || !results.some(({ ended }) => ended)) return;
      }
    } finally {
      logFailed(failed);
    }
  }

  /**
   * Logs one line per device up to a limit, and one line for all others, so that a large group does not fill the log.
   */
  function logFailed(failed: ReadonlyMap<string, number>): void {
    const text = 'deliveries are given up: their time to live has passed';
    const devices = [...failed];
    for (const [device, count] of devices.slice(0, MAX_LINES)) ports.logger.warn({ device, count }, text);
    const rest = devices.slice(MAX_LINES);
    if (rest.length === 0) return;
    ports.logger.warn({ devices: rest.length, count: rest.reduce((sum, [, count]) => sum + count, 0) }, text);
  }

  async function sweep(): Promise<void> {
    try {
      await ports.clockWatch?.check();
      await endOverdue();
      await ports.log.expire(ports.clock.now() - ports.historyTtl);
      while (!closed && (await ports.sweepDocuments(PAGE)) === PAGE);
    } catch (error) {
      ports.logger.error({ err: error }, 'housekeeping failed; it will be tried again');
    }
    if (!closed) timer = ports.clock.setTimeout(start, INTERVAL);
  }

  function start(): void {
    running = sweep();
  }

  return {
    start,
    async close() {
      closed = true;
      ports.clock.clearTimeout(timer);
      await running;
    },
  };
}
