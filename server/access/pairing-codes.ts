// Codes by which a new device is let in without being told the token: good once, for ten minutes.
import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';

/** Codes that were handed out and not used yet. */
export interface PairingCodes {
  /** Hands one out; the oldest makes room when there are too many. */
  create(): { readonly code: string; readonly expiresAt: number };
  /** When the code ends; undefined when it is unknown, used or over. */
  expiry(code: string): number | undefined;
  /** Uses the code up; false when it is good no longer. */
  redeem(code: string): boolean;
}

const LIFETIME = 10 * 60_000;
const MAX_CODES = 100;
const LENGTH = 12;
/** No letters that are taken for digits; 12 of them are 60 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Lower case, and with dashes or spaces, is the same code. */
function normalize(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '');
}

/** The path of the page that opens a pairing: behind `#`, which no server and no log gets to see. */
export function pairingPath(code: string): string {
  return `/#pair=${code}`;
}

/** Makes the codes of one relay; a restart ends them. */
export function createPairingCodes(clock: Clock): PairingCodes {
  const codes = new Map<string, number>();

  function expiry(code: string): number | undefined {
    const expiresAt = codes.get(normalize(code));
    return expiresAt !== undefined && expiresAt > clock.now() ? expiresAt : undefined;
  }

  return {
    create() {
      for (const code of codes.keys()) {
        if (expiry(code) === undefined || codes.size >= MAX_CODES) codes.delete(code);
      }
      const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
      const expiresAt = clock.now() + LIFETIME;
      codes.set(code, expiresAt);
      return { code, expiresAt };
    },
    expiry,
    redeem(code) {
      const good = expiry(code) !== undefined;
      codes.delete(normalize(code));
      return good;
    },
  };
}
