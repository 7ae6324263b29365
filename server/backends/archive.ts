// Everything durable of a relay, piece by piece, so that it can go from one kind of backend to another. Sockets, codes, limits
// and answers are not data.
import type { JsonObject } from '../../shared/object.ts';
import type { KeyRecord } from '../access/key-record.ts';
import type { PendingLeave } from '../app-webhooks/pending-leaves.ts';
import type { NewReport } from '../app-webhooks/report-store.ts';
import type { StoredApp } from '../channel/apps.ts';
import type { Device } from '../delivery/device.ts';
import type { LoggedMessage, MessageLog } from '../delivery/ports.ts';
import type { Documents } from '../messages/documents.ts';

/** The registry as it was at one moment. */
export interface ArchivedRegistry {
  readonly devices: readonly Device[];
  readonly apps: readonly StoredApp[];
  readonly keys: readonly KeyRecord[];
  /** When the tokens of devices ended, by name. */
  readonly revoked: ReadonlyMap<string, number>;
  readonly secrets: ReadonlyMap<string, string>;
  /** The greatest mid that was ever given. */
  readonly lastMid: string;
}

/** A document with what stands beside it. */
export interface ArchivedDocument {
  readonly collection: string;
  readonly id: string;
  readonly value: JsonObject;
  readonly expiresAt: number | undefined;
  readonly lists: Readonly<Record<string, number>>;
}

/** A place that is read. */
export interface ArchiveSource {
  /** Called first. Messages up to its last mid follow. */
  registry(): Promise<ArchivedRegistry>;
  /** All messages in the order of their mids, in pages. */
  messages(): AsyncIterable<readonly LoggedMessage[]>;
  /** Mids of messages that were read, in the order of their marks, in pages. */
  reads(): AsyncIterable<readonly string[]>;
  /** The reports that wait, each address in its order. */
  reports(): AsyncIterable<readonly NewReport[]>;
  leaves(): Promise<readonly PendingLeave[]>;
  /** All documents that have not expired, in pages. They get other versions in the other place. */
  documents(): AsyncIterable<readonly ArchivedDocument[]>;
  /** The greatest mid that was ever given, after everything else was read: documents may have newer numbers than the registry. */
  lastMid(): Promise<string>;
}

/** An empty place that is filled, in the order of these methods. It is usable only after `finish`. */
export interface ArchiveTarget {
  begin(registry: ArchivedRegistry): Promise<void>;
  messages(page: readonly LoggedMessage[]): Promise<void>;
  reads(page: readonly string[]): Promise<void>;
  reports(page: readonly NewReport[]): Promise<void>;
  leaves(leaves: readonly PendingLeave[]): Promise<void>;
  documents(page: readonly ArchivedDocument[]): Promise<void>;
  finish(registry: ArchivedRegistry): Promise<void>;
}

/** Stores a page of documents. */
export async function putAll(documents: Documents, page: readonly ArchivedDocument[]): Promise<void> {
  await Promise.all(
    page.map(({ collection, id, value, expiresAt, lists }) =>
      documents.collection(collection).put(id, value, { lists, ...(expiresAt === undefined ? {} : { expiresAt }) }),
    ),
  );
}

/** Removes from the histories of devices what they had removed. */
export async function removeAll(
  log: Pick<MessageLog, 'remove' | 'unlist'>,
  page: readonly LoggedMessage[],
): Promise<void> {
  for (const { message, statuses, removed } of page) {
    await Promise.all([...removed].map((device) => log.remove(device, [message.mid])));
    // What was withdrawn from all is in no history of its target and its key either.
    if (removed.size > 0 && removed.size === statuses.size) await log.unlist([message.mid]);
  }
}

/** Copies everything. */
export async function copyArchive(source: ArchiveSource, target: ArchiveTarget): Promise<void> {
  const registry = await source.registry();
  await target.begin(registry);
  for await (const page of source.messages()) await target.messages(page);
  for await (const page of source.reads()) await target.reads(page);
  for await (const page of source.reports()) await target.reports(page);
  await target.leaves(await source.leaves());
  for await (const page of source.documents()) await target.documents(page);
  await target.finish({ ...registry, lastMid: await source.lastMid() });
}
