// A backend that stores nothing on disk, for measuring the relay without storage. Do not use it for a real relay.

import { createLocalHolders } from '../../server/access/name-holders.ts';
import type { Backend } from '../../server/backends/backend.ts';
import { createMemoryGuards } from '../../server/backends/memory-guards.ts';
import { systemClock } from '../../server/base/clock.ts';
import type { Change, Stored, VersionedStore } from '../../server/base/versioned-store.ts';
import { createLocalBus } from '../../server/bus.ts';
import type { PublishedEvent } from '../../server/channel/connection.ts';
import { createLocalTerminations } from '../../server/channel/terminations.ts';
import { createMessageFactory } from '../../server/delivery/message.ts';
import { createMessageIds, type MessageIds } from '../../server/delivery/message-id.ts';
import type { MessageLog, WaitingDelivery } from '../../server/delivery/ports.ts';
import { createLocalMail, soleOwner } from '../../server/delivery/sole-owner.ts';
import type { Collection } from '../../server/messages/documents.ts';
import { createSoleNode } from '../../server/nodes.ts';
import type { Message } from '../../shared/message.ts';
import type { JsonObject } from '../../shared/object.ts';
import { isSettled, STATUS_RANK, type Status } from '../../shared/status.ts';

const WEEK = 7 * 86_400_000;

/** Keeps only unsettled deliveries. It forgets settled ones, so that memory does not grow. */
function createMemoryLog({ idOf }: MessageIds): MessageLog {
  const open = new Map<string, Map<string, { readonly message: Message; status: Status }>>();
  let last = 0;
  const createMessage = createMessageFactory({ clock: systemClock, lastMid: '0', ttl: WEEK, idOf });

  function add(message: Message, devices: readonly string[]): void {
    last = Number(message.mid);
    for (const device of devices) {
      let deliveries = open.get(device);
      if (deliveries === undefined) {
        deliveries = new Map();
        open.set(device, deliveries);
      }
      deliveries.set(message.mid, { message, status: 'ready' });
    }
  }

  function raise(mid: string, device: string, status: Status): boolean {
    const delivery = open.get(device)?.get(mid);
    if (delivery === undefined || STATUS_RANK[status] <= STATUS_RANK[delivery.status]) return false;
    if (isSettled(status)) open.get(device)?.delete(mid);
    else delivery.status = status;
    return true;
  }

  return {
    lastMid: () => String(last),
    async accept(draft, devices) {
      const message = createMessage(draft);
      add(message, devices);
      return { message, full: [] };
    },
    stamp: async (draft) => createMessage(draft),
    append: async (message, devices) => add(message, devices),
    record: async (mid, device, status) => raise(mid, device, status),
    settle: (mid, device, status, told) => told.settled(raise(mid, device, status)),
    async revert(mid, device, status) {
      const delivery = open.get(device)?.get(mid);
      if (delivery?.status !== status) return false;
      delivery.status = 'ready';
      return true;
    },
    async unsettled(device, after, { limit }) {
      const deliveries: WaitingDelivery[] = [];
      for (const delivery of open.get(device)?.values() ?? []) {
        if (deliveries.length === limit) return { deliveries, damaged: [], more: true };
        if (Number(delivery.message.mid) > Number(after)) deliveries.push({ ...delivery, bytes: 0 });
      }
      return { deliveries, damaged: [], more: false };
    },
    history: async (_device, last) => ({ entries: [], last, more: false }),
    recent: async (_device, last) => ({ entries: [], last, more: false }),
    find: async () => undefined,
    latest: async (last) => ({ messages: [], last, more: false, bytes: 0 }),
    ofTargets: async (_targets, last) => ({ entries: [], last, more: false }),
    recentOfTargets: async (_targets, last) => ({ entries: [], last, more: false }),
    ofKey: async () => [],
    remove: async () => [],
    unlist: async () => {},
    lastReceived: async () => new Map(),
    markRead: async () => [],
    areRead: async () => new Set(),
    reads: async (cursor) => ({ mids: [], cursor }),
    queued: async () => new Map(),
    overdue: async () => [],
    expire: async () => 0,
    async forget(device) {
      open.delete(device);
    },
  };
}

function createMemoryReports(): Backend['appReports'] {
  const bodies = new Map<number, string>();
  let last = 0;
  return {
    news: undefined,
    load: async () => [],
    body: async ({ seq }) => bodies.get(seq),
    async add({ body }) {
      last += 1;
      bodies.set(last, body);
      return last;
    },
    split: async () => undefined,
    async remove({ seq }) {
      bodies.delete(seq);
    },
    forget: async () => {},
  };
}

/** Stores nothing, and tells each change. */
function createMemoryStore<R>(nameOf: (record: R) => string): VersionedStore<R> {
  const listeners: ((change: Change<R>) => void)[] = [];
  function tell(name: string, record: R | undefined, replaces: boolean): Stored {
    for (const listener of listeners) listener({ name, record, own: true, replaces });
    return 'stored';
  }
  return {
    load: async () => [],
    put: async (record, _seen, replaces = false) => tell(nameOf(record), record, replaces),
    remove: async (name) => tell(name, undefined, false),
    version: () => 0,
    catchUp: async () => {},
    onChange: (listener) => void listeners.push(listener),
  };
}

/** Keeps no documents. */
function createMemoryCollection<T extends JsonObject>(): Collection<T> {
  return {
    get: async () => undefined,
    put: async () => 1,
    remove: async () => 'absent',
    list: async () => ({ documents: [], cursor: undefined }),
    count: async () => 0,
    onChange() {},
    onMissed() {},
  };
}

/** Makes an empty backend. */
export function createMemoryBackend(): Backend {
  const secrets = new Map<string, string>();
  const messageIds = createMessageIds('bench');
  return {
    devices: createMemoryStore(({ name }) => name),
    apps: createMemoryStore(({ id }) => id),
    keys: createMemoryStore(({ name }) => name),
    revocations: { load: async () => new Map(), put: async () => {}, onChange: () => {} },
    secrets: {
      async get(name, make) {
        const secret = secrets.get(name) ?? make();
        secrets.set(name, secret);
        return secret;
      },
      find: async (name) => secrets.get(name),
      async replace() {
        throw new Error('a bench replaces no secret');
      },
      onReplaced: () => {},
    },
    log: createMemoryLog(messageIds),
    times: undefined,
    documents: { collection: createMemoryCollection, sweep: async () => 0 },
    mail: createLocalMail(),
    ownership: soleOwner,
    messageIds,
    pendingLeaves: { load: async () => [], add: async () => {}, remove: async () => {}, forget: async () => {} },
    appReports: createMemoryReports(),
    appEvents: undefined,
    bus: createLocalBus<PublishedEvent>(),
    guards: createMemoryGuards(systemClock),
    nameHolders: createLocalHolders(),
    occupancy: undefined,
    users: undefined,
    terminations: createLocalTerminations(),
    nodes: createSoleNode(systemClock),
    redis: undefined,
    readForeign: undefined,
    async drain() {},
    check: async () => {},
    agreeOnToken: async () => {},
    health: () => ({ status: 'whole', unreadable: 0 }),
    close: async () => {},
  };
}
