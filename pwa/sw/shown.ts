// Which questions this browser has rung for. One message may come by a push and over the socket, and must ring once.
import type { Database } from '../src/model/store/database.ts';

const PLACE = 'shown';
/** How many are remembered. */
const KEPT = 100;

/** Notes that the message rings now. Resolves to whether it is the first time. */
export async function noteShown(database: Database, accountId: string, mid: string): Promise<boolean> {
  const id = `${accountId}/${mid}`;
  const transaction = database.transaction('meta', 'readwrite');
  const value: unknown = await transaction.store.get(PLACE);
  const before: unknown[] = Array.isArray(value) ? value : [];
  const isNew = !before.includes(id);
  if (isNew) await transaction.store.put([...before, id].slice(-KEPT), PLACE);
  await transaction.done;
  return isNew;
}
