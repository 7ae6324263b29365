// Stores messages of the page, decrypted. Not for the service worker: a classic script cannot load code when it needs it.
import { isEncrypted } from '../../../../shared/sealed.ts';
import type { Database } from './database.ts';
import { type Incoming, type PutResult, putMessages } from './messages.ts';

/** {@link putMessages} for messages that may be encrypted. Most pages get none, so the code is loaded for the first one. */
export async function putDecrypted(database: Database, incoming: readonly Incoming[]): Promise<PutResult> {
  if (!incoming.some(({ message }) => isEncrypted(message.message))) return putMessages(database, incoming);
  const { decryptAll } = await import('./secrets.ts');
  return putMessages(database, await decryptAll(database, incoming));
}
