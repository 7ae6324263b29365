// Quiet hours of devices. While they last, the outboxes hold back what would ring; at their end, one notification says how much
// that was. The end is a job, run by the node that owns the device.
import { backoffDelay } from '../../shared/backoff.ts';
import { type Content, plainContent } from '../../shared/content.ts';
import type { Message } from '../../shared/message.ts';
import type { Digest, QuietHours } from '../../shared/quiet.ts';
import type { Status } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Device } from '../delivery/device.ts';
import { entryMessage } from '../delivery/message.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { HistoryEntry, MessageLog, Ownership, QuietDevices, Transport } from '../delivery/ports.ts';
import type { Alerts } from './alerts.ts';
import type { Answers } from './answers.ts';
import { judge, type QuietState, quietAt, type Silence } from './quiet.ts';
import type { Job, NextJob, Schedule } from './schedule.ts';

/** What is held back of a device, and when it is told. */
interface DigestPayload {
  readonly device: string;
  /** The mid of the first message that was held back. */
  readonly first: string;
  /** How often a push service could not take the notification. */
  readonly tries: number;
  readonly [field: string]: unknown;
}

/** The quiet hours of all devices. */
export interface QuietKeeper extends QuietDevices {
  /** Quiet hours of devices that have none of their own. */
  readonly preset: QuietHours | undefined;
  /** Call it when a device has other settings: what is held back is told at the new end. */
  changed(name: string): Promise<void>;
  /** Call it when a device is gone. */
  forget(name: string): Promise<void>;
  /** Whether the device has quiet hours now, and until when; undefined if it has none at all. */
  stateOf(device: Device): QuietState | undefined;
  /** Ends requests to push services that take long. Those that are almost done may end, so that none is repeated. */
  close(): void;
}

/** What {@link createQuietKeeper} needs. */
export interface QuietKeeperPorts {
  readonly devices: { get(name: string): Device | undefined };
  /** Quiet hours of devices that have none of their own. */
  readonly preset: QuietHours | undefined;
  readonly transports: ReadonlyMap<string, Transport>;
  readonly log: Pick<MessageLog, 'stamp' | 'record' | 'history' | 'areRead'>;
  readonly messageIds: Pick<MessageIds, 'idOf'>;
  readonly alerts: Pick<Alerts, 'find'>;
  readonly answers: Pick<Answers, 'get'>;
  readonly schedule: Pick<Schedule, 'register' | 'get' | 'put' | 'cancel'>;
  readonly ownership: Pick<Ownership, 'onGained'>;
  readonly clock: Pick<Clock, 'now'>;
  random(): number;
}

const KIND = 'digest';
const jobOf = (device: string) => `${KIND}:${device}`;
const deviceOf = (job: string) => job.slice(KIND.length + 1);
/** How long a push service keeps the notification for a device that is away, in ms. */
const TTL = 12 * 3_600_000;
const PAGE = { limit: 256, maxBytes: 2 ** 20, atLeastOne: true };
/** How long requests under way may take when the relay stops, in ms. */
const CLOSE_GRACE = 3000;
/** The most messages that are looked at for one notification. */
const MOST = 20_000;
/** Push services keep only the newest message with this key. */
const KEY = 'herald:digest';

/** A message of the history of a device, and whether its push waits for the end of the quiet hours. */
interface Candidate {
  readonly mid: string;
  readonly message: Message;
  readonly isHeld: boolean;
}

/** Makes the keeper of one relay. Its jobs run when the schedule starts. */
export function createQuietKeeper(ports: QuietKeeperPorts): QuietKeeper {
  const { devices, preset, transports, log, messageIds, alerts, answers, schedule, ownership, clock } = ports;
  /** The jobs that this node knows to be stored, by device. */
  const told = new Map<string, Pick<Job<DigestPayload>, 'dueAt'> & { readonly first: number }>();
  const closing = new AbortController();
  let isClosing = false;
  const rings = [...transports.values()].filter((transport) => transport.rings === true);

  function silenceOf({ quiet, mutes = [] }: Device): Silence {
    return { quiet: quiet === false ? undefined : (quiet ?? preset), mutes };
  }

  function isSilent(name: string, message: Message, isStored: boolean): boolean {
    const device = devices.get(name);
    // The usual case: no message costs more than this.
    if (device === undefined || (device.quiet === undefined && device.mutes === undefined && preset === undefined)) {
      return false;
    }
    const silence = silenceOf(device);
    if (judge(message, silence, clock.now()) !== 'rings') return true;
    // It came before the relay was restarted, and no notification has told of it.
    return isStored && judge(message, silence, message.createdAt) !== 'rings';
  }

  /** When what is held back now is told. */
  function endOf(device: Device): number {
    const now = clock.now();
    const { quiet } = silenceOf(device);
    const state = quiet && quietAt(quiet, now);
    return state?.isQuiet === true ? state.until : now;
  }

  /** Stores the job of a device, or changes it so that it covers a message. */
  async function plan(device: string, dueAt: number, first: string): Promise<void> {
    for (;;) {
      const job = await schedule.get<DigestPayload>(jobOf(device));
      const isCovered = job !== undefined && job.dueAt <= dueAt && Number(job.payload.first) <= Number(first);
      if (isCovered) return;
      const begins = job === undefined ? first : String(Math.min(Number(first), Number(job.payload.first)));
      const payload: DigestPayload = { device, first: begins, tries: 0 };
      const next = { id: jobOf(device), kind: KIND, dueAt: Math.min(dueAt, job?.dueAt ?? dueAt), payload };
      if ((await schedule.put(next, job?.version ?? 0)) !== 'conflict') return;
    }
  }

  /** All messages that count for the notification, read or not. @param first the mid of the first held one */
  async function candidates(device: Device, first: string): Promise<Candidate[]> {
    const silence = silenceOf(device);
    const found: Candidate[] = [];
    const now = clock.now();
    for (let since = String(Number(first) - 1), seen = 0, more = true; more && seen < MOST; ) {
      const page = await log.history(device.name, since, PAGE);
      for (const entry of page.entries) {
        const message = entry.expiresAt > now ? entryMessage(entry, messageIds.idOf) : undefined;
        if (message !== undefined && isCandidate(entry, message, silence)) {
          found.push({ mid: entry.mid, message, isHeld: entry.status === 'held' });
        }
      }
      seen += page.entries.length;
      ({ last: since, more } = page);
    }
    return found;
  }

  async function digestOf(found: readonly Candidate[]): Promise<Digest> {
    const read = await log.areRead(found.map(({ mid }) => mid));
    const cards = new Map<string, Message>();
    for (const { mid, message } of found) {
      const { sendType, target, content } = message;
      if (!read.has(mid)) cards.set(content.key === undefined ? mid : `${sendType}/${target}/${content.key}`, message);
    }
    let open = 0;
    for (const card of cards.values()) if (await isOpen(card)) open += 1;
    return { count: cards.size, open };
  }

  /** Whether the alert of a message fires, or its question waits for an answer. */
  async function isOpen({ sendType, target, content: { key, state, ask } }: Message): Promise<boolean> {
    if (ask !== undefined && (await answers.get(ask.id))?.info.state === 'open') return true;
    return state !== undefined && key !== undefined && (await alerts.find(sendType, target, key))?.state === 'firing';
  }

  /** Pushes the notification. @returns what became of it: a status for the messages that it tells of, or a wait in ms */
  async function push({ name, routes }: Device, digest: Digest, tries: number): Promise<Status | number | undefined> {
    let status: Status | undefined;
    let wait: number | undefined;
    for (const transport of rings) {
      if (!Object.hasOwn(routes, transport.name)) continue;
      const from = { method: 'http', name: '' } as const;
      const draft = { sendType: 'personal', target: name, from, content: contentOf(digest), ttl: TTL } as const;
      const stamped = await log.stamp(draft);
      const message: Message = { ...stamped, id: stamped.id, digest };
      const outcome = await transport.deliver(name, routes[transport.name], message, closing.signal);
      if (outcome.kind === 'accepted') status ??= transport.statuses.accepted;
      if (outcome.kind === 'retry') {
        wait ??= Math.max(outcome.after ?? 0, backoffDelay(tries + 1, transport.retry, ports.random()));
      }
    }
    return status ?? wait;
  }

  schedule.register<DigestPayload>(
    KIND,
    async ({ payload }): Promise<NextJob<DigestPayload>> => {
      const { device: name, first, tries } = payload;
      told.delete(name);
      const device = devices.get(name);
      if (device === undefined) return undefined;
      // The next start, or another node, does it.
      if (isClosing) return { dueAt: clock.now() + CLOSE_GRACE, payload };
      const dueAt = endOf(device);
      // The hours have changed, or the next ones have begun while no relay was running or no push service could be reached.
      if (dueAt > clock.now()) return { dueAt, payload: { ...payload, tries: 0 } };
      const found = await candidates(device, first);
      const digest = await digestOf(found);
      if (digest.count === 0) return undefined;
      const pushed = await push(device, digest, tries);
      if (typeof pushed === 'number') {
        return { dueAt: clock.now() + pushed, elapses: true, payload: { ...payload, tries: tries + 1 } };
      }
      if (pushed !== undefined) {
        const held = found.filter(({ isHeld }) => isHeld);
        await Promise.all(held.map(({ mid }) => log.record(mid, name, pushed)));
      }
      return undefined;
    },
    deviceOf,
  );
  // What this node knew of the jobs of a device may have changed while it belonged to another one.
  ownership.onGained(async () => told.clear());

  return {
    preset,
    isSilent,
    held(name, message, wasHeld) {
      const device = devices.get(name);
      if (device === undefined) return undefined;
      const silence = silenceOf(device);
      if (judge(message, { ...silence, quiet: undefined }, clock.now()) === 'muted') return undefined;
      // It may be from a mute that has ended since.
      if (wasHeld && judge(message, silence, message.createdAt) !== 'held') return undefined;
      const [dueAt, first] = [endOf(device), Number(message.mid)];
      const known = told.get(name);
      if (known !== undefined && known.dueAt === dueAt && known.first <= first) return undefined;
      return plan(name, dueAt, message.mid).then(() => void told.set(name, { dueAt, first }));
    },
    async changed(name) {
      told.delete(name);
      for (;;) {
        const [job, device] = [await schedule.get<DigestPayload>(jobOf(name)), devices.get(name)];
        if (job === undefined || device === undefined) return;
        const next = { id: job.id, kind: KIND, dueAt: endOf(device), payload: { ...job.payload, tries: 0 } };
        if ((await schedule.put(next, job.version)) !== 'conflict') return;
      }
    },
    async forget(name) {
      told.delete(name);
      await schedule.cancel(jobOf(name));
    },
    stateOf(device) {
      const { quiet } = silenceOf(device);
      return quiet && quietAt(quiet, clock.now());
    },
    close() {
      isClosing = true;
      setTimeout(() => closing.abort(), CLOSE_GRACE).unref();
    },
  };
}

/** Whether a message counts: its push is held back, or the page has got it silently. */
function isCandidate({ status, createdAt }: HistoryEntry, message: Message, silence: Silence): boolean {
  const verdict = judge(message, silence, createdAt);
  return status === 'held' ? verdict !== 'muted' : status === 'ok' && verdict === 'held';
}

/** What clients show that know nothing of digests. */
function contentOf({ count, open }: Digest): Content {
  const text = `${count} while you slept${open === 0 ? '' : `, ${open} still open`}`;
  return { ...plainContent(text), key: KEY };
}
