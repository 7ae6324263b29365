// What waits on a lane: the log is the queue, and this is its head in memory. Not here: what is on its way, see lane.ts.
import type { Message } from '../../shared/message.ts';
import type { LoggedDelivery } from './ports.ts';

/** What a backlog asks of its lane. */
export interface BacklogPorts {
  /** Deliveries of the device that are not settled, above `after`, ascending. */
  load(after: string, limit: number): Promise<LoggedDelivery[]>;
  /** Whether a delivery that the log holds is not to be tried. */
  isDone(delivery: LoggedDelivery): boolean;
  /** More is in memory, or the log has no more. */
  loaded(): void;
  /** The log could not be read; `refill` tries again. */
  failed(error: unknown): void;
}

/** Messages kept in memory; the rest waits in the log. */
const READ_AHEAD = 64;

/** First in, first out. An offline device costs no memory, and a long backlog is read page by page. */
export class Backlog {
  readonly #ports: BacklogPorts;
  readonly #head = new Map<string, Message>();
  /** The log may hold deliveries above `#last` that are not in memory. */
  #behind: boolean;
  /** Greatest mid taken into memory since the last rewind. */
  #last = 0;
  #loading = false;
  /** Mids settled since a page was asked for, which may still hold them. */
  readonly #settled = new Set<string>();
  /** Counts rewinds, so that a page that was asked for before one is dropped after it. */
  #epoch = 0;

  /** @param behind whether the log holds unsettled deliveries of the device */
  constructor(ports: BacklogPorts, behind: boolean) {
    this.#ports = ports;
    this.#behind = behind;
  }

  /** The oldest in memory. */
  first(): Message | undefined {
    const [first] = this.#head.values();
    return first;
  }

  /** Hands one over, to be tried. */
  take({ mid }: Message): void {
    this.#head.delete(mid);
  }

  /** Takes a message in that is already in the log. */
  add(message: Message): void {
    const mid = Number(message.mid);
    if (mid <= this.#last) return;
    if (this.#behind || this.#loading || this.#head.size >= READ_AHEAD) {
      this.#behind = true;
    } else {
      this.#last = mid;
      this.#head.set(message.mid, message);
    }
  }

  /** Drops a delivery that was settled; tells whether it waited in memory. */
  drop(mid: string): boolean {
    if (this.#loading) this.#settled.add(mid);
    return this.#head.delete(mid);
  }

  /** Lets go of what is in memory, to be read anew. @param behind whether the log holds any */
  rewind(behind: boolean): void {
    this.#epoch += 1;
    this.#behind = behind;
    this.#last = 0;
    this.#loading = false;
    this.#head.clear();
  }

  /** Reads on in the log when nothing is left in memory. */
  refill(): void {
    if (!this.#behind || this.#loading || this.#head.size > 0) return;
    const epoch = this.#epoch;
    this.#loading = true;
    this.#settled.clear();
    this.#behind = false;
    this.#ports.load(String(this.#last), READ_AHEAD).then(
      (page) => {
        if (epoch !== this.#epoch) return;
        for (const delivery of page) {
          const { message } = delivery;
          this.#last = Number(message.mid);
          if (this.#settled.has(message.mid) || this.#ports.isDone(delivery)) continue;
          this.#head.set(message.mid, message);
        }
        this.#ended(page.length === READ_AHEAD);
        this.#ports.loaded();
      },
      (error: unknown) => {
        if (epoch !== this.#epoch) return;
        this.#ended(true);
        this.#ports.failed(error);
      },
    );
  }

  /** @param behind whether the log may hold more; it does also where something came while it was read */
  #ended(behind: boolean): void {
    this.#loading = false;
    if (behind) this.#behind = true;
  }
}
