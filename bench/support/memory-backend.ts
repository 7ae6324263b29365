// A backend that stores nothing on disk, for measuring the relay without storage. Do not use it for a real relay.

import type { Backend } from '../../server/backends/backend.ts';
import { createLocalBus } from '../../server/bus.ts';
import type { PublishedEvent } from '../../server/channel/connection.ts';
import { createMessageIds } from '../../server/delivery/message-id.ts';
import type { MessageLog, WaitingDelivery } from '../../server/delivery/ports.ts';
import type { Message } from '../../shared/message.ts';
import { isSettled, STATUS_RANK, type Status } from '../../shared/status.ts';

/** Keeps only unsettled deliveries. It forgets settled ones, so that memory does not grow. */
function createMemoryLog(): MessageLog {
  const open = new Map<string, Map<string, { readonly message: Message; status: Status }>>();
  let last = 0;

  function raise(mid: string, device: string, status: Status): boolean {
    const delivery = open.get(device)?.get(mid);
    if (delivery === undefined || STATUS_RANK[status] <= STATUS_RANK[delivery.status]) return false;
    if (isSettled(status)) open.get(device)?.delete(mid);
    else delivery.status = status;
    return true;
  }

  return {
    lastMid: () => String(last),
    async append(message, devices) {
      last = Number(message.mid);
      for (const device of devices) {
        let deliveries = open.get(device);
        if (deliveries === undefined) {
          deliveries = new Map();
          open.set(device, deliveries);
        }
        deliveries.set(message.mid, { message, status: 'ready' });
      }
    },
    record: async (mid, device, status) => raise(mid, device, status),
    settle: (mid, device, status, told) => told.settled(raise(mid, device, status)),
    async retract(mid, device, status) {
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
    lastReceived: async () => new Map(),
    markRead: async () => [],
    areRead: async () => new Set(),
    reads: async (cursor) => ({ mids: [], cursor }),
    queued: async () => new Map(),
    overdue: async () => [],
    clockMark: () => undefined,
    keepClock: async () => {},
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
    load: async () => [],
    body: async (seq) => bodies.get(seq),
    async add({ body }) {
      last += 1;
      bodies.set(last, body);
      return last;
    },
    async remove(seq) {
      bodies.delete(seq);
    },
    forget: async () => {},
  };
}

/** Makes an empty backend. */
export function createMemoryBackend(): Backend {
  const secrets = new Map<string, string>();
  return {
    devices: { load: async () => [], put: async () => {}, remove: async () => {} },
    apps: { load: async () => [], put: async () => {}, remove: async () => {} },
    revocations: { load: async () => new Map(), put: async () => {} },
    secrets: {
      async get(name, make) {
        const secret = secrets.get(name) ?? make();
        secrets.set(name, secret);
        return secret;
      },
    },
    log: createMemoryLog(),
    messageIds: createMessageIds('bench'),
    pendingLeaves: { load: async () => [], add: async () => {}, remove: async () => {}, forget: async () => {} },
    appReports: createMemoryReports(),
    bus: createLocalBus<PublishedEvent>(),
    check: async () => {},
    health: () => ({ status: 'whole', unreadable: 0 }),
    close: async () => {},
  };
}
