// Pairing codes. Each lets one new device in within ten minutes, without giving it the relay's token.
import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';

/** The maker of a code: a device, or the owner if `by` is absent. */
export interface PairingMaker {
  readonly by?: string;
}

/** A code that can still be used. */
export interface PairingOffer extends PairingMaker {
  /** When the code expires, in ms since 1970. */
  readonly expiresAt: number;
}

/** A code that is being used. */
export interface PairingGrant extends PairingMaker {
  /** False once the device that made the code has been removed. */
  stands(): boolean;
}

/** The pairing codes that can still be used. */
export interface PairingCodes {
  /** Makes a code. Drops the oldest code of the same maker if the maker has too many. */
  create(by?: string): { readonly code: string; readonly expiresAt: number };
  /** What the code offers; undefined when it is unknown, used or expired. */
  find(code: string): PairingOffer | undefined;
  /**
   * Uses the code for some work. If the work succeeds, the code is used up. If it fails, the code can be used again.
   * @returns undefined, without doing the work, when the code is unknown, used, expired, or in use at this moment
   */
  redeem<T>(code: string, work: (grant: PairingGrant) => Promise<T>): Promise<T | undefined>;
  /** Ends all codes that the device made. */
  endOf(device: string): void;
}

const LIFETIME = 10 * 60_000;
/** How many codes may exist: of the owner, of one device, and of all devices. Codes of devices never displace the owner's. */
const MAX_OF_OWNER = 100;
const MAX_OF_DEVICE = 10;
const MAX_OF_DEVICES = 1000;
const LENGTH = 12;
/** Leaves out letters that look like digits or each other. 12 characters have 60 bits. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Reads a code as a person may type it: in lower case, with dashes or spaces. */
function normalize(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '');
}

/** The path of the page that opens a pairing. The code is in the fragment, which browsers send to no server and no log. */
export function pairingPath(code: string): string {
  return `/#pair=${code}`;
}

interface Entry extends PairingOffer {
  /** A reading of the monotonic clock, because a code must not live longer when someone sets the machine's clock back. */
  readonly endsAt: number;
  inUse: boolean;
}

/** Makes the codes of one relay. A restart loses them. */
export function createPairingCodes(clock: Pick<Clock, 'now' | 'monotonic'>): PairingCodes {
  /** Oldest first. */
  const codes = new Map<string, Entry>();

  function find(code: string): Entry | undefined {
    const entry = codes.get(normalize(code));
    return entry !== undefined && entry.endsAt > clock.monotonic() ? entry : undefined;
  }

  /** Drops the oldest of the selected codes until there is room for one more. */
  function makeRoom(most: number, selects: (entry: Entry) => boolean): void {
    const selected = [...codes].filter(([, entry]) => selects(entry));
    for (const [code] of selected.slice(0, Math.max(0, selected.length - most + 1))) codes.delete(code);
  }

  return {
    create(by) {
      const now = clock.monotonic();
      for (const [code, { endsAt }] of codes) if (endsAt <= now) codes.delete(code);
      makeRoom(by === undefined ? MAX_OF_OWNER : MAX_OF_DEVICE, (entry) => entry.by === by);
      if (by !== undefined) makeRoom(MAX_OF_DEVICES, (entry) => entry.by !== undefined);
      const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
      const expiresAt = clock.now() + LIFETIME;
      codes.set(code, { ...(by === undefined ? {} : { by }), expiresAt, endsAt: now + LIFETIME, inUse: false });
      return { code, expiresAt };
    },

    find,

    async redeem(code, work) {
      const entry = find(code);
      if (entry === undefined || entry.inUse) return undefined;
      const key = normalize(code);
      entry.inUse = true;
      try {
        const { by } = entry;
        const result = await work({ ...(by === undefined ? {} : { by }), stands: () => codes.get(key) === entry });
        codes.delete(key);
        return result;
      } finally {
        entry.inUse = false;
      }
    },

    endOf(device) {
      for (const [code, { by }] of codes) if (by === device) codes.delete(code);
    },
  };
}
