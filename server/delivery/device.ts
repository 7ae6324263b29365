// Named recipients, and which names are allowed. Not here: who is connected; the channel core knows that.
import type { Mute, QuietHours } from '../../shared/quiet.ts';
import { RelayError } from '../base/errors.ts';

/** How transports reach a device: an address per transport name, in that transport's own shape. */
export type Routes = Readonly<Record<string, unknown>>;

/** A named recipient. */
export interface Device {
  readonly name: string;
  /** Labels by which a send to a group selects it. */
  readonly groups: readonly string[];
  readonly routes: Routes;
  /** True once someone registered it with the token. From then on, no one gets the name without the token. */
  readonly secured: boolean;
  /** Registration time, ms since 1970. */
  readonly createdAt: number;
  /** The device whose code paired this one; absent if it was a code of the owner. */
  readonly pairedBy?: string;
  /** Its grant to manage the relay as the owner does. Only tokens with the same grant do so. */
  readonly manage?: string;
  /** Its own quiet hours; false: none. Absent: those of the config. */
  readonly quiet?: QuietHours | false;
  /** What it has muted. */
  readonly mutes?: readonly Mute[];
}

/** The names of the devices that this one paired, that those paired, and so on. */
export function pairedBy(name: string, devices: readonly Device[]): string[] {
  const found = new Set([name]);
  // The loop also visits names that are added to the set on the way.
  for (const one of found) {
    const maker = devices.find((device) => device.name === one);
    for (const device of devices) {
      // A device that is older than its maker was paired by an earlier device with the same name.
      if (device.pairedBy === one && maker !== undefined && device.createdAt >= maker.createdAt) found.add(device.name);
    }
  }
  found.delete(name);
  return [...found];
}

const MAX_NAME = 64;
const MAX_GROUPS = 32;
/** Keys of `data` in a reply. The statuses are keys beside them, so no device may have these names. */
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

/**
 * Invisible characters: format characters such as U+200B and those that change the direction of text, fillers, and
 * separators. U+200D is allowed between emoji, which it joins.
 */
const INVISIBLE =
  /(?!(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d\p{Extended_Pictographic})[\u034f\p{Cf}\u115f\u1160\u17b4\u17b5\u2028\u2029\u3164\uffa0]/u;

/** @throws RelayError `invalid` for a label that looks like another one */
function checkLooks(kind: 'name' | 'group', label: string): void {
  const [invisible] = INVISIBLE.exec(label) ?? [];
  if (invisible !== undefined) {
    const code = invisible.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    throw new RelayError('invalid', `${kind} must not contain invisible characters; it has U+${code}`);
  }
  if (label.trim() !== label) throw new RelayError('invalid', `${kind} must not begin or end with a blank`);
  if (label.normalize() !== label) throw new RelayError('invalid', `${kind} must be in Unicode's form NFC`);
}

/**
 * @throws RelayError `invalid` unless the text may name a device. Names from earlier versions may have odd characters;
 * see {@link checkNewName}.
 */
export function checkName(value: string): string {
  return checkLabel('name', value);
}

/** @throws RelayError `invalid` unless the text may name a device that does not exist yet */
export function checkNewName(value: string): string {
  checkLooks('name', checkName(value));
  return value;
}

/**
 * The name of the device that a text means, in any Unicode form; if there is no such device, the text in the form NFC.
 */
export function deviceName(value: string, devices: { get(name: string): Device | undefined }): string {
  return devices.get(value)?.name ?? value.normalize();
}

/**
 * Reads the groups of a device: a string, several separated by commas, an array of strings, or nothing.
 * @param before groups that the device is already in. They may have odd characters from earlier versions
 * @throws RelayError `invalid` for anything else.
 */
export function readGroups(value: unknown, before: readonly string[] = []): string[] {
  if (value === undefined || value === null || value === '') return [];
  const labels = typeof value === 'object' ? value : String(value).split(',');
  if (!Array.isArray(labels)) throw new RelayError('invalid', 'group must be a string or an array of strings');
  if (labels.length > MAX_GROUPS) throw new RelayError('invalid', `group must name at most ${MAX_GROUPS} groups`);
  const groups = new Set<string>();
  for (const label of labels) {
    if (typeof label !== 'string') throw new RelayError('invalid', 'group must be a string or an array of strings');
    const group = label.trim().normalize();
    if (group === '') continue;
    if (!before.includes(group)) checkLooks('group', group);
    groups.add(checkLabel('group', group));
  }
  return [...groups];
}
