// What applications and clients have in common: both are keys.
import { ownValue } from '../../../shared/object.ts';
import type { Key } from '../../access/keys.ts';
import { RelayError } from '../../base/errors.ts';
import type { Documents } from '../../messages/documents.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { GotifyCaller } from './caller.ts';
import { invalid, notAllowed } from './errors.ts';
import { type Fields, readFields, unreadable } from './fields.ts';
import type { GotifyPorts } from './ports.ts';

/** The most characters of a name, with room for what makes it unique. */
const MAX_NAME = 60;
/** How many names are tried. */
const TRIES = 1000;

/** What a user says of an application or a client. */
export interface Described {
  readonly name: string;
  readonly description: string;
  readonly defaultPriority: number | undefined;
}

function textIn({ isJson, values }: Fields, name: string): string {
  const value = (isJson ? ownValue(values, name) : values.get(name)) ?? '';
  if (typeof value !== 'string') throw unreadable(value, name, 'string');
  return value;
}

function wholeIn({ isJson, values }: Fields, name: string): number | undefined {
  const value = (isJson ? ownValue(values, name) : values.get(name)) ?? '';
  if (value === '') return undefined;
  if (!Number.isSafeInteger(Number(value)) || typeof value === 'boolean') throw unreadable(value, name, 'int');
  return Number(value);
}

/** Reads what a user says. @throws RelayError `invalid` without a name */
export async function readDescribed(request: HttpRequest): Promise<Described> {
  const fields = await readFields(request, 'api.Params');
  const [name, description] = [textIn(fields, 'name').trim(), textIn(fields, 'description')];
  if (name === '') throw invalid("Field 'name' is required");
  return { name, description, defaultPriority: wholeIn(fields, 'defaultPriority') };
}

/** @throws RelayError `forbidden` unless the caller shows the token of the relay */
export function requireOwner({ principal }: GotifyCaller): void {
  if (principal.kind !== 'owner') throw notAllowed();
}

/** What a user says as a name: at most {@link MAX_NAME} characters, without those that no name may have. */
function cleanName(given: string): string {
  return [...given.normalize().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}/,]/gu, '-')]
    .slice(0, MAX_NAME)
    .join('')
    .slice(0, MAX_NAME)
    .trim();
}

/**
 * The names that users gave to applications and clients later. Gotify's programs show them; the keys keep theirs, which is that of
 * a device and in messages that were sent.
 */
export interface ShownNames {
  of(key: Pick<Key, 'number' | 'name'>): Promise<string>;
  give(key: Pick<Key, 'number' | 'name'>, name: string): Promise<void>;
  forget(number: number): Promise<void>;
}

/** Makes them. */
export function createShownNames(documents: Documents): ShownNames {
  const names = documents.collection<{ readonly name: string }>('gotify-names');
  const forget = async (number: number): Promise<void> => void (await names.remove(String(number)));
  return {
    forget,
    of: async ({ number, name }) => (await names.get(String(number)))?.value.name ?? name,
    async give({ number, name }, given) {
      const shown = cleanName(given);
      await (shown === name ? forget(number) : names.put(String(number), { name: shown }));
    },
  };
}

/** A name that is free, from what a user says: `Pixel 8`, `Pixel 8 2`, … @param isTaken whether a name is not free */
export function freeName(given: string, isTaken: (name: string) => boolean): string {
  const base = cleanName(given);
  for (let number = 1; number <= TRIES; number += 1) {
    const name = number === 1 ? base : `${base} ${number}`;
    if (!isTaken(name)) return name;
  }
  throw new RelayError('conflict', `there are too many with the name ${base}`);
}

/** When a key was made and used, as Gotify writes it. */
export function timesOf({ createdAt, usage }: Pick<Key, 'createdAt' | 'usage'>) {
  const lastUsed = usage === undefined ? null : new Date(usage.at).toISOString();
  return { createdAt: new Date(createdAt).toISOString(), lastUsed };
}

/** All keys, those that other nodes have just made as well. */
export async function allKeys({ senderKeys }: Pick<GotifyPorts, 'senderKeys'>): Promise<readonly Key[]> {
  await senderKeys.catchUp();
  return senderKeys.list().toSorted((one, other) => one.number - other.number);
}

/** @throws RelayError `forbidden` for a key of the config */
export function requireChangeable({ isConfigured }: Key): void {
  if (isConfigured) throw new RelayError('forbidden', 'set in the config');
}
