// What one lane does while a receiver has not acknowledged a message: it sends the message again. On a slow connection
// the first copy may still be under way, so the lane first asks the receiver.
import { type Attempt, type Attempts, FIRST_TRIES } from './attempts.ts';
import type { LanePorts } from './lane-ports.ts';
import type { Transport } from './ports.ts';

/** What {@link Acknowledgements} needs from its lane. */
export interface AcknowledgementsPorts {
  readonly lane: Pick<LanePorts, 'clock' | 'troubled' | 'fault'>;
  readonly attempts: Attempts;
  readonly device: string;
  /** The wait after that many tries, in ms. */
  delay(attempt: Attempt): number;
  /** Makes the lane look at an attempt again at this time. */
  lookAgain(attempt: Attempt, due: number): void;
  tryAgain(attempt: Attempt): void;
  setAside(attempt: Attempt, due: number): void;
  /** Tells the lane that a place in the window may be free. */
  freed(): void;
}

/** A receiver that has read everything within this time, in ms, has no slow connection. */
const PROMPT = 250;

/** What happens to the attempts of a lane that get no acknowledgement in time. */
export class Acknowledgements {
  readonly #transport: Transport;
  readonly #ports: AcknowledgementsPorts;

  constructor(transport: Transport, ports: AcknowledgementsPorts) {
    this.#transport = transport;
    this.#ports = ports;
  }

  /** Called when no acknowledgement came in time. Asks the receiver first, if it was not asked yet. */
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
    if (attempt.tries === FIRST_TRIES)
      lane.troubled(attempt.held.message.mid, 'no acknowledgement', this.#transport.name);
    const rest = attempt.wasSetAside ? Math.max(0, delay(attempt) - this.#transport.retry.base) : 0;
    setAside(attempt, lane.clock.monotonic() + rest);
  }
}
