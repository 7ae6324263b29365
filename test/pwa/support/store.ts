// A store in memory with two accounts, and what units beside it need.
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { readMessage } from '../../../pwa/src/model/message/read-message.ts';
import { type Channel, createChannel, type Note } from '../../../pwa/src/model/store/channel.ts';
import { type AccountRecord, type Database, openDatabase } from '../../../pwa/src/model/store/database.ts';
import type { WireMessage } from '../../../shared/message.ts';
import { onCleanup } from '../../support/cleanup.ts';

/** An account; what is not given is plain. */
export function account(part: Partial<AccountRecord> = {}): AccountRecord {
  return {
    id: 'a',
    server: 'https://push.example.org',
    name: 'phone',
    groups: [],
    auth: 'jwt',
    vapidKey: '',
    addedAt: 1,
    ...part,
  };
}

/** A store that holds the accounts. */
export async function openStore(accounts: readonly AccountRecord[] = [account()]): Promise<Database> {
  globalThis.indexedDB = new IDBFactory();
  const database = await openDatabase('test');
  onCleanup(() => database.close());
  for (const one of accounts) await database.put('accounts', one);
  return database;
}

/** A message on the wire. */
export function wire(mid: number | string, part: Record<string, unknown> = {}): WireMessage {
  const message = readMessage({ mid: String(mid), message: { text: `text ${mid}` }, ...part });
  if (message === undefined) throw new Error('the test wrote no message');
  return message;
}

/** A channel that records what is posted, and what receives notes as from another tab. */
export function recordingChannel(): { channel: Channel; notes: Note[]; receive(note: Note): void } {
  const notes: Note[] = [];
  const port = {
    postMessage: (note: unknown) => void notes.push(note as Note),
    onmessage: null as ((event: MessageEvent) => void) | null,
    close() {},
  };
  const channel = createChannel(port);
  return { channel, notes, receive: (note) => port.onmessage?.({ data: note } as MessageEvent) };
}
