// The contract of a backend: it stores everything durable and connects the nodes. No backend lives here.

import type { RevocationStore } from '../access/device-auth.ts';
import type { Guards } from '../access/guards.ts';
import type { KeyStore } from '../access/key-record.ts';
import type { NameHolders } from '../access/name-holders.ts';
import type { EventLog } from '../app-webhooks/event-log.ts';
import type { PendingLeaveStore } from '../app-webhooks/pending-leaves.ts';
import type { ReportStore } from '../app-webhooks/report-store.ts';
import type { Bus } from '../bus.ts';
import type { AppStore } from '../channel/apps.ts';
import type { PublishedEvent } from '../channel/connection.ts';
import type { Occupancy, SharedUsers } from '../channel/occupancy.ts';
import type { Terminations } from '../channel/terminations.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { ClockedLog, DeviceStore, Mail, MessageLog, Ownership } from '../delivery/ports.ts';
import type { Documents } from '../messages/documents.ts';
import type { Nodes, SharedRedis } from '../nodes.ts';

/** Random keys and the generated token. */
export interface SecretStore {
  /** The secret with that name. The first call makes it with `make` and stores it. */
  get(name: string, make: () => string): Promise<string>;
  /** The secret as it is stored now; undefined if there is none. */
  find(name: string): Promise<string | undefined>;
  /**
   * Stores these secrets by name, all of them or none. Resolves when they are durable.
   * @returns false if the secret `name` is no longer `from`. Then nothing has changed
   */
  replace(name: string, from: string, changes: Readonly<Record<string, string>>): Promise<boolean>;
  /** Calls the listener after any node has replaced secrets. It must not throw. */
  onReplaced(listener: () => void): void;
}

/** What is known about the files of a backend. */
export interface StorageHealth {
  readonly status: 'unchecked' | 'whole' | 'damaged';
  /** How many messages were found that cannot be read. */
  readonly unreadable: number;
}

/** One place where a relay keeps its state. Every backend passes the same contract test. */
export interface Backend {
  readonly devices: DeviceStore;
  readonly apps: AppStore;
  readonly keys: KeyStore;
  readonly revocations: RevocationStore;
  readonly secrets: SecretStore;
  readonly log: MessageLog;
  /** The times of the log. Undefined if they come from a clock that no one sets on this machine. */
  readonly times: ClockedLog | undefined;
  readonly documents: Documents;
  readonly mail: Mail;
  readonly ownership: Ownership;
  readonly messageIds: MessageIds;
  readonly appReports: ReportStore;
  /** What apps are still to be told of, where nodes share a backend. Undefined if no other node has sockets. */
  readonly appEvents: EventLog | undefined;
  /** What apps are owed after a crash. Undefined where `appEvents` outlives the nodes. */
  readonly pendingLeaves: PendingLeaveStore | undefined;
  readonly bus: Bus<PublishedEvent>;
  readonly guards: Guards;
  readonly nameHolders: NameHolders;
  /** Who is on which channel over all nodes. Undefined if no other node has sockets; so is `users`. */
  readonly occupancy: Occupancy | undefined;
  readonly users: SharedUsers | undefined;
  readonly terminations: Terminations;
  readonly nodes: Nodes;
  /**
   * Reads a field of a hash that another program keeps beside this backend; undefined if there is none. Undefined where no
   * other program can be.
   */
  readonly readForeign: ((key: string, field: string) => Promise<string | undefined>) | undefined;
  /** Undefined if the backend has no Redis. */
  readonly redis: SharedRedis | undefined;
  /**
   * Makes sure that all nodes that are alive work with this token.
   * @param before the token that this one replaces on all of them
   * @throws RelayError `invalid` with the node that came first, if they have another one
   */
  agreeOnToken(token: string, before?: string): Promise<void>;
  /** Checks in the background whether the stored data is whole. Never rejects. */
  check(): Promise<void>;
  health(): StorageHealth;
  /**
   * Gives the work of this node to the others, before its sockets close. It takes no new work after that. Never rejects;
   * `close` does it if no one has.
   */
  drain(): Promise<void>;
  /** Writes pending changes and releases the data directory. */
  close(): Promise<void>;
}
