// Replies to senders: the status of every recipient once all are settled, or when the wait ends.
import { isPushing, isSettled, STATUS_RANK, type Status } from '../../shared/status.ts';
import type { Clock, Timer } from '../base/clock.ts';

/** The status of each recipient, in order of registration. */
export type Statuses = ReadonlyMap<string, Status>;

/** A reply that collects statuses. */
export interface PendingReply {
  /**
   * Resolves to the statuses so far when every recipient is settled, or after `wait` ms. With 0 it resolves at once.
   */
  within(wait: number): Promise<Statuses>;
  /** Ends the wait now, with the statuses so far. */
  end(): void;
}

/** The replies that senders wait for. */
export interface Replies {
  /** Starts a reply. Call it before anything is sent, so that no status is missed. */
  waitFor(mid: string, statuses: Iterable<readonly [string, Status]>): PendingReply;
  /** Call it when the status of a delivery changed. */
  update(mid: string, device: string, status: Status): void;
  /** Call it when a device was removed. The device then counts as failed. */
  removed(device: string): void;
  /** Ends every wait with the statuses so far. Later replies do not wait. */
  close(): void;
}

interface Waiter {
  readonly statuses: Map<string, Status>;
  /** The number of recipients that are not settled. */
  open: number;
  readonly end: () => void;
}

/** Makes the replies of one relay. */
export function createReplies(clock: Clock): Replies {
  const waiters = new Map<string, Waiter>();
  let closed = false;

  function raise(waiter: Waiter, device: string, status: Status): void {
    const current = waiter.statuses.get(device);
    if (current === undefined) return;
    // A push that was refused for good takes the status back to what it was before.
    const isRetracted = status === 'ready' && isPushing(current);
    if (!isRetracted && STATUS_RANK[status] <= STATUS_RANK[current]) return;
    waiter.statuses.set(device, status);
    if (isSettled(status) && !isSettled(current)) waiter.open -= 1;
    if (waiter.open === 0) waiter.end();
  }

  return {
    waitFor(mid, initial) {
      const statuses = new Map(initial);
      let open = 0;
      for (const status of statuses.values()) if (!isSettled(status)) open += 1;
      let timer: Timer;
      let resolve: (statuses: Statuses) => void = () => {};
      const ended = new Promise<Statuses>((done) => {
        resolve = done;
      });
      const end = () => {
        clock.clearTimeout(timer);
        waiters.delete(mid);
        resolve(statuses);
      };
      if (open === 0) end();
      else waiters.set(mid, { statuses, open, end });
      return {
        end,
        within(wait) {
          if (wait <= 0 || closed) end();
          else if (waiters.has(mid)) timer = clock.setTimeout(end, wait);
          return ended;
        },
      };
    },
    update(mid, device, status) {
      const waiter = waiters.get(mid);
      if (waiter !== undefined) raise(waiter, device, status);
    },
    removed(device) {
      for (const waiter of [...waiters.values()]) raise(waiter, device, 'failed');
    },
    close() {
      closed = true;
      for (const waiter of [...waiters.values()]) waiter.end();
    },
  };
}
