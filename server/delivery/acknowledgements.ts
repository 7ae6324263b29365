// What one lane does while a receiver has not acknowledged: it sends again, and asks first where the line may be slow.
import { type Attempt, type Attempts, FIRST_TRIES } from './attempts.ts';
import type { LanePorts } from './lane-ports.ts';
import type { Transport } from './ports.ts';

/** What this needs of its lane. */
export interface AcknowledgementsPorts {
  readonly lane: Pick<LanePorts, 'clock' | 'troubled' | 'fault'>;
  readonly attempts: Attempts;
  readonly device: string;
  /** The wait after that many tries, in ms. */
  delay(attempt: Attempt): number;
  /** Has the lane look at an attempt at this time. */
  lookAgain(attempt: Attempt, due: number): void;
  tryAgain(attempt: Attempt): void;
  setAside(attempt: Attempt, due: number): void;
  /** A place in the window may be free. */
  freed(): void;
}

/** A receiver that has read everything within this time, in ms, has no slow line. */
const PROMPT = 250;

/** The attempts of a lane that wait for an acknowledgement. */
export class Acknowledgements {
  readonly #transport: Transport;
  readonly #ports: AcknowledgementsPorts;

  constructor(transport: Transport, ports: AcknowledgementsPorts) {
    this.#transport = transport;
    this.#ports = ports;
  }

  /** A copy was handed over. */
  wait(attempt: Attempt): void {
    const { lane, delay, lookAgain } = this.#ports;
    // A second try keeps its place in the window only as long as an acknowledgement takes.
    const rest = attempt.wasSetAside ? this.#transport.retry.base : delay(attempt);
    lookAgain(attempt, lane.clock.monotonic() + rest);
  }

  /** No acknowledgement came in time. On a slow line the message may still be on its way, so the receiver is asked first. */
  missed(attempt: Attempt): void {
    const answer = attempt.isAsked ? undefined : this.#ask();
    if (answer === undefined) {
      this.#goOn(attempt);
      return;
    }
    const { lane, attempts, lookAgain, freed } = this.#ports;
    const { base, cap } = this.#transport.retry;
    const asked = lane.clock.monotonic();
    const { tries, held } = attempt;
    attempt.isAsked = true;
    lookAgain(attempt, asked + cap);
    answer
      .then(() => {
        if (attempts.get(held.message.mid) !== attempt || attempt.tries !== tries) return;
        const now = lane.clock.monotonic();
        if (now - asked > PROMPT) {
          lookAgain(attempt, now + base);
          return;
        }
        this.#goOn(attempt);
        freed();
      })
      .catch((error: unknown) => lane.fault(error));
  }

  #ask(): Promise<unknown> | undefined {
    try {
      return this.#transport.caughtUp?.(this.#ports.device);
    } catch (error) {
      this.#ports.lane.fault(error);
      return undefined;
    }
  }

  #goOn(attempt: Attempt): void {
    const { lane, delay, tryAgain, setAside } = this.#ports;
    if (attempt.tries < FIRST_TRIES) {
      tryAgain(attempt);
      return;
    }
    if (attempt.tries === FIRST_TRIES) lane.troubled(attempt.held.message.mid, 'no acknowledgement');
    const rest = attempt.wasSetAside ? Math.max(0, delay(attempt) - this.#transport.retry.base) : 0;
    setAside(attempt, lane.clock.monotonic() + rest);
  }
}
