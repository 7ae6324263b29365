// Who is told what it does wrong.
import type { Closing } from '../refusals.ts';

/** The peer behind a socket, as far as it is told what it does wrong. */
export interface Peer {
  /** Tells it of an error and goes on. */
  error(code: number | null, message: string): void;
  /** Tells it why, and closes. */
  end(closing: Closing): void;
}
