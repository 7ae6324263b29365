// How far deliveries are that this node makes for senders of other nodes. Most are settled at once, and cost nothing here.
import type { Status } from '../../../../shared/status.ts';
import type { Clock, Timer } from '../../../base/clock.ts';
import { scripts } from '../scripts.ts';
import type { LogPorts } from './ports.ts';

/** For how many ms a delivery may be settled before its sender's node is told. */
const PATIENCE = 20;
/** The most deliveries of one script, and the most that wait for it. */
const MOST = 500;

/** What it works with. */
export interface ProgressPorts extends Pick<LogPorts, 'connection' | 'keys' | 'node' | 'logger'> {
  readonly clock: Clock;
  /** Whether there are other nodes. */
  hasOthers(): boolean;
}

interface Reached {
  readonly mid: string;
  readonly device: string;
  readonly status: Status;
  /** By the monotonic clock. */
  readonly at: number;
}

/** Tells of deliveries that have a status and stay there. */
export interface Progress {
  /** A delivery has a status that is not stored. */
  reached(mid: string, device: string, status: Status): void;
  /** It has another one, which is stored. */
  drop(mid: string, device: string): void;
}

/** Makes it. */
export function createProgress({ connection, keys, node, logger, clock, hasOthers }: ProgressPorts): Progress {
  /** Oldest first. */
  const open = new Map<string, Reached>();
  let timer: Timer;
  let isSet = false;

  const keyOf = (mid: string, device: string) => `${mid} ${device}`;

  function tell(): void {
    isSet = false;
    const now = clock.monotonic();
    const isFull = open.size >= MOST;
    const due: Reached[] = [];
    for (const [key, one] of open) {
      if (!isFull && now - one.at < PATIENCE) break;
      open.delete(key);
      due.push(one);
    }
    if (open.size > 0) set();
    if (due.length === 0) return;
    const places = due.flatMap(({ device }) => [keys.queue(device), keys.statuses(device)]);
    const args = due.flatMap(({ mid, device, status }) => [mid, device, status]);
    connection
      .runScript(scripts.progress, [keys.log, keys.noticeNumbers, ...places], [node.id(), keys.notices(''), ...args])
      // The sender is told less than it could be.
      .catch((error: unknown) => logger.debug({ err: error }, 'other nodes are not told how far deliveries are'));
  }

  function set(): void {
    if (isSet) return;
    isSet = true;
    timer = clock.setTimeout(tell, PATIENCE);
  }

  return {
    reached(mid, device, status) {
      if (!hasOthers()) return;
      open.set(keyOf(mid, device), { mid, device, status, at: clock.monotonic() });
      if (open.size < MOST) return set();
      clock.clearTimeout(timer);
      tell();
    },
    drop(mid, device) {
      if (open.size > 0) open.delete(keyOf(mid, device));
    },
  };
}
