// Everything durable of a relay, piece by piece, so that it can go from one kind of backend to another. Sockets, codes, limits
// and answers are not data.
import type { PendingLeave } from '../app-webhooks/pending-leaves.ts';
import type { NewReport } from '../app-webhooks/report-store.ts';
import type { StoredApp } from '../channel/apps.ts';
import type { Device } from '../delivery/device.ts';
import type { LoggedMessage } from '../delivery/ports.ts';

/** The registry as it was at one moment. */
export interface ArchivedRegistry {
  readonly devices: readonly Device[];
  readonly apps: readonly StoredApp[];
  /** When the tokens of devices ended, by name. */
  readonly revoked: ReadonlyMap<string, number>;
  readonly secrets: ReadonlyMap<string, string>;
  /** The greatest mid that was ever given. */
  readonly lastMid: string;
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
}

/** An empty place that is filled, in the order of these methods. It is usable only after `finish`. */
export interface ArchiveTarget {
  begin(registry: ArchivedRegistry): Promise<void>;
  messages(page: readonly LoggedMessage[]): Promise<void>;
  reads(page: readonly string[]): Promise<void>;
  reports(page: readonly NewReport[]): Promise<void>;
  leaves(leaves: readonly PendingLeave[]): Promise<void>;
  finish(registry: ArchivedRegistry): Promise<void>;
}

/** Copies everything. */
export async function copyArchive(source: ArchiveSource, target: ArchiveTarget): Promise<void> {
  const registry = await source.registry();
  await target.begin(registry);
  for await (const page of source.messages()) await target.messages(page);
  for await (const page of source.reads()) await target.reads(page);
  for await (const page of source.reports()) await target.reports(page);
  await target.leaves(await source.leaves());
  await target.finish(registry);
}
