// Named recipients, and which names are allowed. Not here: who is connected; the channel core knows that.
import { RelayError } from '../base/errors.ts';

/** How transports reach a device: an address per transport name, in that transport's own shape. */
export type Routes = Readonly<Record<string, unknown>>;

/** A named recipient. */
export interface Device {
  readonly name: string;
  /** Labels by which a send to a group selects it. */
  readonly groups: readonly string[];
  readonly routes: Routes;
  /** True once someone proved to hold the token. From then on the name is never given to anyone without it. */
  readonly secured: boolean;
  /** Registration time, ms since 1970. */
  readonly createdAt: number;
  /** The device whose pairing code let this one in; absent where the owner did. */
  readonly pairedBy?: string;
}

/** The names of the devices that this one's pairing codes let in, and theirs, and so on. */
export function pairedBy(name: string, devices: readonly Device[]): string[] {
  const found = new Set([name]);
  // A set yields what is added while it is walked through.
  for (const one of found) {
    const maker = devices.find((device) => device.name === one);
    for (const device of devices) {
      // An earlier device of the same name may have let others in.
      if (device.pairedBy === one && maker !== undefined && device.createdAt >= maker.createdAt) found.add(device.name);
    }
  }
  found.delete(name);
  return [...found];
}

const MAX_NAME = 64;
const MAX_GROUPS = 32;
/** Keys of `data` in a reply. The statuses stand beside them, so no device may have these names. */
const RESERVED = new Set(['mid', 'status']);
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f/,]|[\ud800-\udfff]/u;

function checkLabel(kind: 'name' | 'group', value: string): string {
  if (value === '') throw new RelayError('invalid', `${kind} property is required`);
  if (value.length > MAX_NAME || FORBIDDEN.test(value) || RESERVED.has(value)) {
    throw new RelayError(
      'invalid',
      `${kind} must be 1 to ${MAX_NAME} characters without control characters, "/" or ",", and not "mid" or "status"`,
    );
  }
  return value;
}

/** @throws RelayError `invalid` unless the text may name a device. */
export function checkName(value: string): string {
  return checkLabel('name', value);
}

/**
 * Reads the groups of a device: a string, several separated by commas, an array of strings, or nothing.
 * @throws RelayError `invalid` for anything else.
 */
export function readGroups(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return [];
  const labels = typeof value === 'object' ? value : String(value).split(',');
  if (!Array.isArray(labels)) throw new RelayError('invalid', 'group must be a string or an array of strings');
  if (labels.length > MAX_GROUPS) throw new RelayError('invalid', `group must name at most ${MAX_GROUPS} groups`);
  const groups = new Set<string>();
  for (const label of labels) {
    if (typeof label !== 'string') throw new RelayError('invalid', 'group must be a string or an array of strings');
    const trimmed = label.trim();
    if (trimmed !== '') groups.add(checkLabel('group', trimmed));
  }
  return [...groups];
}
