// What time ends: deliveries past their time to live are settled, and history past its own is deleted.
import { isReceived, type Status } from '../../shared/status.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { ClockWatch } from './clock-watch.ts';
import type { Outboxes } from './outboxes.ts';
import type { MessageLog } from './ports.ts';

/** What housekeeping needs. */
export interface HousekeepingPorts {
  readonly log: Pick<MessageLog, 'overdue' | 'expire'>;
  readonly outboxes: Pick<Outboxes, 'acknowledge' | 'fail'>;
  readonly clock: Clock;
  /** Sees to it that ages are right before anything is ended by them. */
  readonly clockWatch: Pick<ClockWatch, 'check'>;
  readonly logger: Logger;
  /** How long a message can be read, in ms. */
  readonly historyTtl: number;
}

const INTERVAL = 60_000;
const PAGE = 200;

/** Sweeps now and once a minute. */
export function createHousekeeping(ports: HousekeepingPorts): { start(): void; close(): Promise<void> } {
  let timer: Timer;
  let running: Promise<void> = Promise.resolve();
  let closed = false;

  /** What a device's service worker has shown did not fail, although nobody acknowledged it. */
  function end(mid: string, device: string, status: Status): Promise<boolean> {
    const { outboxes } = ports;
    return isReceived(status) ? outboxes.acknowledge(mid, device) : outboxes.fail(mid, device);
  }

  async function endOverdue(): Promise<void> {
    const now = ports.clock.now();
    while (!closed) {
      const page = await ports.log.overdue(now, PAGE);
      const changed = await Promise.all(page.map(({ mid, device, status }) => end(mid, device, status)));
      if (page.length < PAGE || !changed.includes(true)) return;
    }
  }

  async function sweep(): Promise<void> {
    try {
      await ports.clockWatch.check();
      await endOverdue();
      await ports.log.expire(ports.clock.now() - ports.historyTtl);
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
