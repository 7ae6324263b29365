// Loads the stored messages into memory in batches, newest first, so that the first screen appears at once and the page
// stays responsive.
import type { Database, MessageRecord } from '../store/database.ts';
import { readPage } from '../store/messages.ts';
import type { Inbox } from './inbox.ts';

const FIRST_PAGE = 100;
const PAGE = 250;

/** Loads all messages. @param onFirst called after the first batch */
export async function loadInbox(database: Database, inbox: Pick<Inbox, 'show'>, onFirst: () => void): Promise<void> {
  let after: MessageRecord | undefined;
  for (let limit = FIRST_PAGE; ; limit = PAGE) {
    const page = await readPage(database, after, limit);
    inbox.show(page);
    if (limit === FIRST_PAGE) onFirst();
    if (page.length < limit) return;
    after = page.at(-1);
  }
}
