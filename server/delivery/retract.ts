// Tells browsers whose page is closed that notifications are out of date. An open page learns it over its socket.
// docs/decisions/0028-notifications-are-taken-away-by-pushes.md says why this is a push.
import { plainContent } from '../../shared/content.ts';
import type { Message, Retraction } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Devices } from './devices.ts';
import type { MessageLog, Outcome, Transport } from './ports.ts';

/**
 * Pushes a retraction to the devices of that name or group, once and without a queue: a notification that stays longer is
 * no loss. Returns at once; failures are only logged.
 */
export type Retract = (target: string, retraction: Retraction) => void;

/** What retracting needs. */
export interface RetractPorts {
  readonly devices: Pick<Devices, 'list'>;
  readonly transports: ReadonlyMap<string, Pick<Transport, 'deliver'>>;
  readonly log: Pick<MessageLog, 'stamp' | 'find'>;
  /** Which of the devices are connected, in the order of the names. */
  presence(names: readonly string[]): Promise<readonly { readonly online: boolean }[]>;
  readonly clock: Pick<Clock, 'setTimeout' | 'clearTimeout'>;
  readonly logger: Pick<Logger, 'debug' | 'error'>;
}

/** Waits in ms before further tries, for a push service that asks for them. */
const AGAIN = [5000, 30_000];
/** How long the push service keeps it for a device that is off, in ms. */
const TTL = 24 * 3_600_000;
/** The most devices that are told at a time. Those beyond keep their notifications. */
const MAX_PENDING = 1000;
/** The most messages that a push names, so that it fits. Older ones have no notification any more. */
const MAX_MIDS = 20;
const MAX_TITLE = 200;

/** Makes the retractions of one relay. `close` ends the waits. */
export function createRetract(ports: RetractPorts): { readonly retract: Retract; close(): void } {
  const { devices, log, presence, clock, logger } = ports;
  const closing = new AbortController();
  const waits = new Map<unknown, () => void>();
  let pending = 0;

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        waits.delete(timer);
        resolve();
      };
      const timer = clock.setTimeout(end, ms);
      waits.set(timer, end);
    });
  }

  async function push(target: string, retraction: Retraction): Promise<void> {
    const transport = ports.transports.get('webpush');
    if (transport === undefined) return;
    const subscribed = devices
      .list()
      .filter(({ name, groups, routes }) => 'webpush' in routes && (name === target || groups.includes(target)));
    const states = await presence(subscribed.map(({ name }) => name));
    const away = subscribed.filter((_, at) => states[at]?.online !== true);
    if (away.length === 0) return;
    const silent = await silentFor(retraction.mids);
    await Promise.all(
      away.slice(0, MAX_PENDING - pending).map(async ({ name, routes }) => {
        if (silent.has(name)) return;
        pending += 1;
        try {
          await pushTo(transport, name, routes['webpush'], retraction);
        } finally {
          pending -= 1;
        }
      }),
    );
  }

  /** The devices that have no notification of these messages, because all of them are held back. */
  async function silentFor(mids: readonly string[]): Promise<Set<string>> {
    const found = await Promise.all(mids.map(log.find));
    const statuses = found.flatMap((message) => [...(message?.statuses ?? [])]);
    const silent = new Set(statuses.flatMap(([name, status]) => (status === 'held' ? [name] : [])));
    for (const [name, status] of statuses) if (status !== 'held') silent.delete(name);
    return silent;
  }

  async function pushTo(
    transport: Pick<Transport, 'deliver'>,
    device: string,
    address: unknown,
    retraction: Retraction,
  ): Promise<void> {
    // With the key of the messages, the push takes the place of one that the push service still keeps.
    const { key } = retraction;
    const stamped = await log.stamp({
      sendType: 'personal',
      target: device,
      from: { method: 'http', name: '' },
      content: { ...plainContent(''), key },
      silent: true,
      ttl: TTL,
    });
    const message: Message = { ...stamped, id: stamped.id, retract: retraction };
    for (const wait of [...AGAIN, undefined]) {
      const outcome: Outcome = await transport.deliver(device, address, message, closing.signal);
      if (outcome.kind !== 'retry' || wait === undefined || closing.signal.aborted) {
        logger.debug({ device, outcome: outcome.kind }, 'notifications retracted');
        return;
      }
      await pause(Math.max(wait, outcome.after ?? 0));
      if (closing.signal.aborted) return;
    }
  }

  return {
    retract(target, { mids, title, ...rest }) {
      const short = { ...rest, title: title.slice(0, MAX_TITLE), mids: mids.slice(-MAX_MIDS) };
      push(target, short).catch((error: unknown) => logger.error({ target, err: error }, 'a retraction failed'));
    },
    close() {
      closing.abort();
      for (const [timer, end] of [...waits]) {
        clock.clearTimeout(timer);
        end();
      }
    },
  };
}
