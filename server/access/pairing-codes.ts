// Pairing codes: each lets one new device in, within ten minutes, without telling it the relay's token.
import { randomInt } from 'node:crypto';
import type { Clock } from '../base/clock.ts';

/** Who made a code: a device, or the owner where no device is named. */
export interface PairingMaker {
  readonly by?: string;
}

/** A code that can still be used. */
export interface PairingOffer extends PairingMaker {
  /** When the code ends, in ms since 1970. */
  readonly expiresAt: number;
}

/** A use of a code that is under way. */
export interface PairingGrant extends PairingMaker {
  /** False once the device that made the code was removed. */
  stands(): boolean;
}

/** The codes that were made and not used yet. */
export interface PairingCodes {
  /** Makes a code. The oldest code of the same maker goes when it has too many. */
  create(by?: string): { readonly code: string; readonly expiresAt: number };
  /** What the code offers; undefined when it is unknown, used or too old. */
  find(code: string): PairingOffer | undefined;
  /**
   * Uses the code for some work. The code is spent when the work has succeeded, and can be used again when it has failed.
   * @returns undefined, without doing the work, when the code is unknown, used, too old, or in use at this moment
   */
  redeem<T>(code: string, work: (grant: PairingGrant) => Promise<T>): Promise<T | undefined>;
  /** Ends all codes that the device made. */
  endOf(device: string): void;
}

const LIFETIME = 10 * 60_000;
/** Most codes at once: of the owner, of one device, and of all devices together. They never displace each other. */
const MAX_OF_OWNER = 100;
const MAX_OF_DEVICE = 10;
const MAX_OF_DEVICES = 1000;
const LENGTH = 12;
/** Leaves out the letters that look like digits. 12 characters of it are 60 bits. */
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
  /** Reading of the monotonic clock: a code must not live longer because somebody set the machine's clock back. */
  readonly endsAt: number;
  inUse: boolean;
}

/** Makes the codes of one relay. A restart ends them. */
export function createPairingCodes(clock: Pick<Clock, 'now' | 'monotonic'>): PairingCodes {
  /** Oldest first. */
  const codes = new Map<string, Entry>();

  function find(code: string): Entry | undefined {
    const entry = codes.get(normalize(code));
    return entry !== undefined && entry.endsAt > clock.monotonic() ? entry : undefined;
  }

  /** Makes room for one more code among those that the test selects. */
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
