// The queues of the hooks: one outbox per app and address, kept over restarts, and no device that anybody could see.
import { createHash, randomUUID } from 'node:crypto';
import { isSettled } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { Device } from '../delivery/device.ts';
import { createMessage } from '../delivery/message.ts';
import type { Outboxes } from '../delivery/outboxes.ts';
import type { MessageLog } from '../delivery/ports.ts';
import type { EventReport } from './event-report.ts';
import { HOOK, type HookTarget } from './transport.ts';
import { webmanTime } from './webman.ts';

/** What the queues need of the delivery core. */
export interface HookQueuesPorts {
  readonly log: Pick<MessageLog, 'append'>;
  readonly outboxes: Pick<Outboxes, 'reserve' | 'release' | 'enqueue'>;
  readonly clock: Clock;
  readonly logger: Logger;
  nextMid(): string;
}

/** Finds the hooks behind queues. */
export interface HookNames {
  /** @param nth which of the hooks that share the queue */
  targetOf(queue: string, nth: number): HookTarget | undefined;
  /** The queue as the delivery core wants it; undefined for the name of a real device, or of a hook that is gone. */
  deviceOf(queue: string): Device | undefined;
}

/** No device can have a name with a slash. */
const PREFIX = 'hook/';

const queues = new WeakMap<Hook, string>();

/** What an app has to hear goes to one address in one line, however many of its hooks have that address. */
function queueOf({ id }: App, hook: Hook): string {
  const known = queues.get(hook);
  if (known !== undefined) return known;
  const queue = `${PREFIX}${id}/${createHash('sha256').update(hook.url).digest('hex').slice(0, 16)}`;
  queues.set(hook, queue);
  return queue;
}

/** Names of queues; they are the same after a restart. */
export function createHookNames(apps: Pick<Apps, 'byId'>): HookNames {
  function targetOf(queue: string, nth: number): HookTarget | undefined {
    if (!queue.startsWith(PREFIX)) return undefined;
    const app = apps.byId(queue.slice(PREFIX.length, queue.lastIndexOf('/')));
    const hooks = app?.hooks.filter((one) => queueOf(app, one) === queue) ?? [];
    // With fewer hooks than before a restart, another one of the address takes what is left.
    const hook = hooks[nth] ?? hooks[0];
    return app === undefined || hook === undefined ? undefined : { app, hook };
  }
  return {
    targetOf,
    deviceOf(queue) {
      if (targetOf(queue, 0) === undefined) return undefined;
      return { name: queue, groups: [], routes: { [HOOK]: {} }, secured: true, createdAt: 0 };
    },
  };
}

/** The log as outboxes write it: what an app was told is nobody's history, so that a report goes when it is settled. */
export function forgetReports(log: MessageLog): MessageLog {
  return {
    ...log,
    record: (mid, device, status) =>
      device.startsWith(PREFIX) && isSettled(status) ? log.discard(mid, device) : log.record(mid, device, status),
  };
}

/** Takes reports and has them delivered. */
export interface HookQueues {
  emit(app: App, hook: Hook, events: readonly EventReport[]): void;
  /** Resolves when everything that was taken is durable. */
  settled(): Promise<void>;
}

/** Makes the queues of one relay. */
export function createHookQueues(ports: HookQueuesPorts, { deviceOf }: HookNames): HookQueues {
  const { log, outboxes, clock, logger, nextMid } = ports;
  const storing = new Set<Promise<void>>();

  async function store(app: App, hook: Hook, device: Device, events: readonly EventReport[]): Promise<void> {
    const now = clock.now();
    const text = JSON.stringify({ time_ms: app.webman ? webmanTime(now) : now, events: events });
    const nth = app.hooks.filter(({ url }) => url === hook.url).indexOf(hook);
    const from = { method: 'http', name: '' } as const;
    const body = { text, desp: '', extra: { nth, id: randomUUID() } };
    const message = createMessage({ sendType: 'personal', target: device.name, from, message: body }, nextMid());
    try {
      await log.append(message, [device.name]);
      outboxes.enqueue(message, [device]);
    } catch (error) {
      outboxes.release([device]);
      logger.error({ err: error, app: app.id }, 'a report could not be stored');
    }
  }

  return {
    emit(app, hook, events) {
      const queue = queueOf(app, hook);
      const device = deviceOf(queue);
      if (device === undefined) return;
      if (!outboxes.reserve(queue)) {
        logger.warn({ app: app.id, limit: 'storage.maxQueued' }, 'a report is dropped: the queue of the hook is full');
        return;
      }
      const stored = store(app, hook, device, events).finally(() => storing.delete(stored));
      storing.add(stored);
    },
    async settled() {
      await Promise.all(storing);
    },
  };
}
