// Pairing codes. Each lets one new device in within ten minutes, without giving it the relay's token.

import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MaybePromise } from '../base/maybe-promise.ts';
import { PAIRING_BOUNDS, type Pairing, type PairingStore } from './guards.ts';

/** A code that is being used. */
export interface PairingGrant extends Pick<Pairing, 'by'> {
  /** False once the device that made the code has been removed. */
  stands(): MaybePromise<boolean>;
}

/** The pairing codes that can still be used. */
export interface PairingCodes {
  /**
   * Makes a code. Drops the oldest code of the same maker if the maker has too many.
   * @param by the device that asks for it; absent for the owner
   * @param manage whether it lets a paired device manage the relay, in place of pairing one
   */
  create(by?: string, manage?: boolean): Promise<{ readonly code: string; readonly expiresAt: number }>;
  /** What the code offers; undefined when it is unknown, used or expired. */
  find(code: string): MaybePromise<Pairing | undefined>;
  /**
   * Uses the code for some work. If the work succeeds, the code is used up. If it fails, the code can be used again.
   * @returns undefined, without doing the work, when the code is unknown, used, expired, or in use at this moment
   */
  redeem<T>(code: string, work: (grant: PairingGrant) => Promise<T>): Promise<T | undefined>;
  /** Ends all codes that the device made. */
  endOf(device: string): void;
}

/** What {@link createPairingCodes} needs. */
export interface PairingCodesPorts {
  readonly store: PairingStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'error'>;
}

const LENGTH = 12;
/** Leaves out letters that look like digits or each other. 12 characters have 60 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Reads a code as a person may type it: in lower case, with dashes or spaces. */
function normalize(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '');
}

/** The path of the page that uses a code. The code is in the fragment, which browsers send to no server and no log. */
export function pairingPath(code: string, manage = false): string {
  return `/#${manage ? 'manage' : 'pair'}=${code}`;
}

/** Makes the codes of one relay. A restart of the last node loses them. */
export function createPairingCodes({ store, clock, logger }: PairingCodesPorts): PairingCodes {
  /** Waits for a change that the caller must not fail for. */
  async function done(change: MaybePromise<void>, text: string): Promise<void> {
    try {
      await change;
    } catch (error) {
      logger.error({ err: error }, text);
    }
  }

  return {
    async create(by, manage = false) {
      const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
      const expiresAt = clock.now() + PAIRING_BOUNDS.lifetime;
      await store.add(code, {
        ...(by === undefined ? {} : { by }),
        ...(manage ? { manage } : {}),
        expiresAt,
      });
      return { code, expiresAt };
    },

    find: (code) => store.find(normalize(code)),

    async redeem(typed, work) {
      const code = normalize(typed);
      const claimed = await store.claim(code);
      if (claimed === undefined) return undefined;
      const { by } = claimed;
      let result: Awaited<ReturnType<typeof work>>;
      try {
        result = await work({ ...(by === undefined ? {} : { by }), stands: () => store.stands(code) });
      } catch (error) {
        await done(store.release(code), 'a pairing code that was not used cannot be used again');
        throw error;
      }
      // No one can use it again in either case, because it stays claimed.
      await done(store.end(code), 'a used pairing code could not be ended');
      return result;
    },

    endOf(device) {
      void done(store.endOf(device), 'the pairing codes of a device could not be ended');
    },
  };
}
