// The keys of this device for encrypted messages. Their bytes cannot be read from here again: only the browser has them.
import { type BarkKey, type SealKey, unseal, unsealBark } from '../../../../shared/encrypted.ts';
import type { WireMessage } from '../../../../shared/message.ts';
import { isObject } from '../../../../shared/object.ts';
import { isEncrypted } from '../../../../shared/sealed.ts';
import { type Database, keyOf, type MessageRecord } from './database.ts';

/** A key of this device. */
export type StoredSecret =
  | {
      readonly kind: 'herald';
      /** Devices and groups to which this page encrypts with it. */
      readonly targets: readonly string[];
      readonly key: SealKey;
    }
  | { readonly kind: 'bark'; readonly kid: string; readonly key: BarkKey };

/** A new key. It is shown only now. */
export interface ShownSecret {
  readonly secret: StoredSecret;
  readonly words: string;
  /** For a QR code, and for `herald e2e add`. */
  readonly text: string;
}

const PLACE = 'secrets';

/** What tells a key from the others. */
export function idOf(secret: StoredSecret): string {
  return secret.kind === 'herald' ? secret.key.kid : secret.kid;
}

/** All keys. */
export async function readSecrets(database: Database): Promise<readonly StoredSecret[]> {
  const value = await database.get('meta', PLACE);
  return Array.isArray(value) ? value.filter((item): item is StoredSecret => isObject(item)) : [];
}

/** Adds a key, or replaces the one with the same id. */
export async function putSecret(database: Database, secret: StoredSecret): Promise<void> {
  const others = (await readSecrets(database)).filter((other) => idOf(other) !== idOf(secret));
  await database.put('meta', [...others, secret], PLACE);
}

/** Removes a key. Messages that it has decrypted stay readable. */
export async function removeSecret(database: Database, id: string): Promise<void> {
  const others = (await readSecrets(database)).filter((other) => idOf(other) !== id);
  await database.put('meta', others, PLACE);
}

/** The key for messages to a device or a group. The one that was added last counts. */
export function secretFor(secrets: readonly StoredSecret[], target: string) {
  return secrets.findLast((secret) => secret.kind === 'herald' && secret.targets.includes(target)) as
    | Extract<StoredSecret, { kind: 'herald' }>
    | undefined;
}

async function open(secrets: readonly StoredSecret[], message: WireMessage): Promise<WireMessage> {
  const own = secrets.flatMap((secret) => (secret.kind === 'herald' ? [secret.key] : []));
  const bark = secrets.flatMap((secret) => (secret.kind === 'bark' ? [secret.key] : []));
  const body = (await unseal(own, message.message)) ?? (await unsealBark(bark, message.message));
  return body === undefined ? message : { ...message, message: body };
}

/** Decrypts the messages for which there is a key; the others stay as they are. They are stored decrypted, for the search. */
export async function decryptAll<T extends { readonly message: WireMessage }>(
  database: Database,
  items: readonly T[],
): Promise<readonly T[]> {
  if (!items.some(({ message }) => isEncrypted(message.message))) return items;
  const secrets = await readSecrets(database);
  if (secrets.length === 0) return items;
  return Promise.all(items.map(async (item) => ({ ...item, message: await open(secrets, item.message) })));
}

/** Decrypts what arrived before its key. @returns the records that changed */
export async function decryptStored(database: Database): Promise<readonly MessageRecord[]> {
  const locked = (await database.getAll('messages')).filter(({ message }) => isEncrypted(message.message));
  const opened = (await decryptAll(database, locked)).filter(({ message }) => !isEncrypted(message.message));
  const transaction = database.transaction('messages', 'readwrite');
  const changed: MessageRecord[] = [];
  for (const { message, ...id } of opened) {
    const present = await transaction.store.get(keyOf(id));
    if (present === undefined) continue;
    const record = { ...present, message };
    await transaction.store.put(record);
    changed.push(record);
  }
  await transaction.done;
  return changed;
}
