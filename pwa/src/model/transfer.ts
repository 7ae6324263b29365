// Export and import of all data except tokens, as a JSON file. An imported file is untrusted input.
import type { WireMessage } from '../../../shared/message.ts';
import { isObject, ownValue } from '../../../shared/object.ts';
import { readMessage } from './message/read-message.ts';
import type { Settings } from './model.ts';
import { fail } from './relay/call.ts';
import { accountIdOf, readServer } from './relay/server-url.ts';
import type { AccountRecord, Database, MessageRecord } from './store/database.ts';
import { type Incoming, readPage } from './store/messages.ts';

const FORMAT = 'herald-export';
const VERSION = 1;
const MAX_MB = 256;
const PAGE = 1000;

/** A message in an exported file. */
interface Exported {
  readonly server: string;
  readonly read: boolean;
  readonly pinned: boolean;
  readonly message: WireMessage;
}

/** Writes the file. Reads the messages in batches, so that the page stays responsive. */
export async function exportData(
  database: Database,
  accounts: readonly AccountRecord[],
  settings: Settings,
): Promise<Blob> {
  const servers = new Map(accounts.map(({ id, server }) => [id, server]));
  const head = {
    format: FORMAT,
    version: VERSION,
    settings,
    accounts: accounts.map(({ server, name, groups }) => ({ server, name, groups })),
  };
  const parts = [`${JSON.stringify(head).slice(0, -1)},"messages":[`];
  let after: MessageRecord | undefined;
  let separator = '';
  for (;;) {
    const page = await readPage(database, after, PAGE);
    for (const { accountId, message, arrivedAt, unread, pinned } of page) {
      const server = servers.get(accountId);
      if (server === undefined) continue;
      const createdAt = message.createdAt ?? arrivedAt;
      const item: Exported = {
        server,
        read: unread !== 1,
        pinned: pinned === 1,
        message: { ...message, ...(createdAt === undefined ? {} : { createdAt }) },
      };
      parts.push(separator, JSON.stringify(item));
      separator = ',\n';
    }
    if (page.length < PAGE) break;
    after = page.at(-1);
  }
  parts.push(']}');
  return new Blob(parts, { type: 'application/json' });
}

/**
 * Reads a file. Skips messages of relays that this page is not paired with.
 * @throws ActionError if the file is not an export, too new or too large, or has only messages of other relays
 */
export async function readExport(file: Blob, accounts: readonly AccountRecord[]): Promise<Incoming[]> {
  if (file.size > MAX_MB * 2 ** 20) throw fail('import.too_large', { max: MAX_MB });
  const content = parse(await file.text());
  if (!isObject(content) || ownValue(content, 'format') !== FORMAT) throw fail('import.not_an_export');
  const { version, messages } = content;
  if (typeof version !== 'number' || !Array.isArray(messages)) throw fail('import.not_an_export');
  if (version > VERSION) throw fail('import.too_new');
  const known = new Set(accounts.map(({ id }) => id));
  const unknownServers = new Set<string>();
  const incoming: Incoming[] = [];
  for (const item of messages as unknown[]) {
    if (!isObject(item)) continue;
    const message = readMessage(ownValue(item, 'message'));
    const address = ownValue(item, 'server');
    const server = typeof address === 'string' && address !== '' ? readServer(address, address) : undefined;
    if (message === undefined || server === undefined) continue;
    const accountId = accountIdOf(server);
    if (!known.has(accountId)) unknownServers.add(server);
    else
      incoming.push({
        accountId,
        message,
        read: ownValue(item, 'read') === true,
        pinned: ownValue(item, 'pinned') === true,
      });
  }
  if (incoming.length === 0 && unknownServers.size > 0) {
    throw fail('import.no_account', { servers: [...unknownServers].slice(0, 3).join(', ') });
  }
  return incoming;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw fail('import.not_an_export');
  }
}
