// Alerts: the messages of one target with the same key. Decides whether a message rings, and keeps what is open.
import type { AlertInfo } from '../../shared/api.ts';
import type { Content } from '../../shared/content.ts';
import type { SendType } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import type { Draft } from '../delivery/message.ts';
import { type AlertRecord, type AlertsConfig, fold, isOpen } from './alert-state.ts';
import type { Documents, StoredDocument } from './documents.ts';

/** A message that was folded into its alert. */
export interface FoldedMessage {
  readonly rings: boolean;
  readonly alert: AlertInfo;
  /** Call it when the message is stored, or could not be stored: then the next one rings in its place. */
  settle(isStored: boolean): Promise<void>;
}

/** A page of alerts. */
export interface AlertPage {
  readonly alerts: readonly AlertInfo[];
  readonly cursor: string | undefined;
}

/** The alerts of a relay. Promises resolve when the change is durable. */
export interface Alerts {
  /** Folds a message with a key into its alert. @param ring what the sender asked for */
  fold(draft: Draft, key: string, ring: 'always' | 'never' | undefined): Promise<FoldedMessage>;
  get(id: string): Promise<AlertInfo | undefined>;
  /** The alert of a key. */
  find(sendType: SendType, target: string, key: string): Promise<AlertInfo | undefined>;
  /** Alerts with the latest first. @param open only those that fire */
  list(open: boolean, bounds: { readonly after?: string; readonly limit: number }): Promise<AlertPage>;
  /** Closes an alert. Undefined if there is none, or if it is not open. */
  close(id: string): Promise<AlertInfo | undefined>;
  /** Forgets an alert: the next message of its key is the first one. */
  forget(sendType: SendType, target: string, key: string): Promise<void>;
  /** Calls the listener when a key is ok: someone closed its alert, or a message that says so is stored. */
  onOk(listener: (sendType: SendType, target: string, key: string) => Promise<void>): void;
}

/** What alerts need. */
export interface AlertsPorts {
  readonly documents: Documents;
  readonly clock: Pick<Clock, 'now'>;
  readonly config: AlertsConfig;
  /** How long an alert without messages is kept, in ms. */
  readonly keptFor: number;
  /** The id of this node since its last start. No other node or start ever has it. */
  readonly node: string;
  /** Whether a node is alive. */
  isAlive(node: string): Promise<boolean>;
}

/** The list of all alerts, and of those that fire; the place is the time of the last message. */
const ALL = 'all';
const OPEN = 'open';

/** The id of an alert: short, and safe in a path. */
function alertId(sendType: SendType, target: string, key: string): string {
  return sha256(`${sendType}/${target}/${key}`).toString('base64url').slice(0, 22);
}

function infoOf({ id, value }: Pick<StoredDocument<AlertRecord>, 'id' | 'value'>): AlertInfo {
  const { sendType, target, key, state, since, closedAt, count, lastAt, title, flapping } = value;
  return {
    id,
    sendType,
    target,
    key,
    state: state ?? null,
    since,
    ...(closedAt === undefined ? {} : { closedAt }),
    count,
    lastAt,
    title,
    flapping: flapping === true,
  };
}

/** Makes the alerts of one relay. */
export function createAlerts({ documents, clock, config, keptFor, node, isAlive }: AlertsPorts): Alerts {
  const collection = documents.collection<AlertRecord>('alerts');
  // Messages of one key that come together would otherwise refuse each other's changes again and again.
  const mutex = createKeyedMutex();
  const okListeners: ((sendType: SendType, target: string, key: string) => Promise<void>)[] = [];
  /** The alerts whose ringing message this node is storing now. */
  const storing = new Map<string, number>();

  function put(id: string, value: AlertRecord, seen: number): Promise<number | 'conflict'> {
    const lists = isOpen(value) ? { [ALL]: value.lastAt, [OPEN]: value.lastAt } : { [ALL]: value.lastAt };
    return collection.put(id, value, { seen, expiresAt: value.lastAt + keptFor, lists });
  }

  /** Changes a document. `change` returns undefined to leave it. It is called again if another node was faster. */
  async function update<T extends { readonly record: AlertRecord }>(
    id: string,
    change: (before: AlertRecord | undefined) => T | undefined | Promise<T | undefined>,
  ): Promise<T | undefined> {
    for (;;) {
      const before = await collection.get(id);
      const after = await change(before?.value);
      if (after === undefined) return undefined;
      if ((await put(id, after.record, before?.version ?? 0)) !== 'conflict') return after;
    }
  }

  /** Whether the message that was to ring last has been lost: the node that was storing it is gone, or has failed. */
  async function isLost(id: string, ringing: string | undefined): Promise<boolean> {
    if (ringing === undefined) return false;
    return ringing === node ? !storing.has(id) : !(await isAlive(ringing));
  }

  /** Notes the end of storing a message that rings. If the note is lost, the next message rings once more. */
  function settle(id: string, isStored: boolean): Promise<void> {
    return mutex.run(id, async () => {
      const left = (storing.get(id) ?? 1) - 1;
      if (left > 0) {
        storing.set(id, left);
        return;
      }
      try {
        if (isStored)
          await update(id, (before) => (before?.ringing === node ? { record: settled(before) } : undefined));
      } finally {
        storing.delete(id);
      }
    });
  }

  async function tellOk({ sendType, target, key }: AlertRecord): Promise<void> {
    for (const listener of okListeners) await listener(sendType, target, key);
  }

  return {
    async fold({ sendType, target, content }, key, ring) {
      const id = alertId(sendType, target, key);
      const message = { sendType, target, key, ring, state: content.state, title: titleOf(content) };
      const { rings, record } = await mutex.run(id, async () => {
        const folded = await update(id, async (before) => {
          const lost = await isLost(id, before?.ringing);
          const after = fold(
            before,
            { ...message, priority: content.priority ?? 3 },
            { now: clock.now(), lost, config },
          );
          const ringing = after.rings ? node : lost ? undefined : before?.ringing;
          return ringing === undefined ? after : { ...after, record: { ...after.record, ringing } };
        });
        if (folded === undefined) throw new TypeError('a fold always changes the alert');
        if (folded.rings) storing.set(id, (storing.get(id) ?? 0) + 1);
        return folded;
      });
      return {
        rings,
        alert: infoOf({ id, value: record }),
        async settle(isStored) {
          if (rings) await settle(id, isStored);
          if (isStored && record.state === 'ok') await tellOk(record);
        },
      };
    },
    async get(id) {
      const found = await collection.get(id);
      return found && infoOf(found);
    },
    async find(sendType, target, key) {
      const found = await collection.get(alertId(sendType, target, key));
      return found && infoOf(found);
    },
    async list(open, bounds) {
      const { documents: found, cursor } = await collection.list(open ? OPEN : ALL, { ...bounds, descending: true });
      return { alerts: found.map(infoOf), cursor };
    },
    async close(id) {
      const now = clock.now();
      const closed = await update(id, (before) => {
        if (before === undefined || !isOpen(before)) return undefined;
        return { record: { ...before, state: 'ok', closedAt: now } };
      });
      if (closed === undefined) return undefined;
      await tellOk(closed.record);
      return infoOf({ id, value: closed.record });
    },
    async forget(sendType, target, key) {
      await collection.remove(alertId(sendType, target, key));
    },
    onOk(listener) {
      okListeners.push(listener);
    },
  };
}

function settled({ ringing: _, ...record }: AlertRecord): AlertRecord {
  return record as AlertRecord;
}

function titleOf({ title, body }: Content): string {
  const text = title.trim() === '' ? body.trim() : title.trim();
  return text.slice(0, 200);
}
