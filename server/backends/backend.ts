// The contract of a backend: everything durable and everything between nodes. No backend lives here.

import type { PendingLeaveStore } from '../app-webhooks/pending-leaves.ts';
import type { ReportStore } from '../app-webhooks/report-store.ts';
import type { Bus } from '../bus.ts';
import type { AppStore } from '../channel/apps.ts';
import type { PublishedEvent } from '../channel/connection.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { DeviceStore, MessageLog } from '../delivery/ports.ts';

/** Random keys and the generated token, made once and kept. */
export interface SecretStore {
  /** The secret of that name, made and made durable on first use. */
  get(name: string, make: () => string): Promise<string>;
}

/** When tokens of a device ended: names to ms since 1970. */
export interface RevocationStore {
  load(): Promise<Map<string, number>>;
  /** Resolves when it is durable. Entries older than `keep` ms before `at` are dropped on the way. */
  put(name: string, at: number, keep: number): Promise<void>;
}

/** What is known of the files of a backend. */
export interface StorageHealth {
  readonly status: 'unchecked' | 'whole' | 'damaged';
  /** Messages that were found and cannot be read. */
  readonly unreadable: number;
}

/** One place where a relay keeps its state. Every backend passes the same contract test. */
export interface Backend {
  readonly devices: DeviceStore;
  readonly apps: AppStore;
  readonly revocations: RevocationStore;
  readonly secrets: SecretStore;
  readonly log: MessageLog;
  readonly messageIds: MessageIds;
  readonly pendingLeaves: PendingLeaveStore;
  readonly appReports: ReportStore;
  readonly bus: Bus<PublishedEvent>;
  /** Looks in the background whether what is kept is whole. Never rejects. */
  check(): Promise<void>;
  health(): StorageHealth;
  /** Writes what is pending and lets go of the data directory. */
  close(): Promise<void>;
}
