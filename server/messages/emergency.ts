// Emergencies: messages that are sent again and again until a person acknowledges them. An emergency is a question whose
// message repeats: each round is a message of its own, with the same key and the same receipt.
import type { KeyEvent } from '../../shared/api.ts';
import { type Content, readContent, writeContent } from '../../shared/content.ts';
import type { SendType } from '../../shared/message.ts';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import type { Logger } from '../base/logger.ts';
import type { Draft } from '../delivery/message.ts';
import type { MessageLog } from '../delivery/ports.ts';
import type { Reply } from '../delivery/send.ts';
import type { Alerts } from './alerts.ts';
import type { Answers } from './answers.ts';
import { titleOf } from './ask.ts';
import type { Documents } from './documents.ts';
import type { EmergencyOptions, EscalationTarget } from './emergency-options.ts';
import {
  deliveryTimeOf,
  type EmergencyRecord,
  escalatedOf,
  isOver,
  messageOf,
  type NextRound,
  type Receipt,
  type Round,
  receiptOf,
  roundAfter,
  targetsOf,
  withRound,
} from './emergency-state.ts';
import type { SendOptions } from './options.ts';
import type { Published, PublishNow } from './publish-now.ts';
import type { NextJob, Schedule } from './schedule.ts';

/** Sends a draft that is due: once, or as an emergency if its options say so. Resolves when that is durable. */
export type PublishDue = (
  draft: Draft,
  wait: number,
  options: SendOptions | undefined,
  sender: string,
) => Promise<Published>;

/** The emergencies of a relay. Promises resolve when the change is durable. */
export interface Emergencies {
  /** A draft with the number of an earlier emergency is that one. @throws RelayError as `Send`, and `too_many` */
  publish: PublishDue;
  /** Ends the open ones of a key, because it is ok, cleared or deleted. */
  endKey(sendType: SendType, target: string, key: string): Promise<void>;
  /** What is known of an emergency of this sender; undefined if it is not the sender's. */
  receipt(id: string, sender: string): Promise<Receipt | undefined>;
  /** Ends one of this sender. Whether there is one, open or not. */
  cancel(id: string, sender: string): Promise<boolean>;
  /** Ends the open ones of a sender whose message has this tag. Resolves to their number. */
  cancelTag(sender: string, tag: string): Promise<number>;
}

/** What {@link createEmergencies} needs. */
export interface EmergencyPorts {
  readonly documents: Documents;
  readonly schedule: Pick<Schedule, 'register' | 'put' | 'cancel'>;
  readonly answers: Pick<Answers, 'ask' | 'noteMid' | 'get' | 'cancel' | 'forget' | 'onSettled' | 'tokenOf'>;
  readonly alerts: Pick<Alerts, 'find' | 'close'>;
  readonly log: Pick<MessageLog, 'stamp' | 'find'>;
  readonly publishNow: PublishNow;
  /** Tells the pages of the recipients. */
  tell(event: KeyEvent): void;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
}

const KIND = 'emergency';
/** How long a receipt is kept after its emergency, in ms. */
const KEPT_FOR = 30 * 24 * 3_600_000;
const PAGE = 100;

/** A message of a round. @see Round */
interface Sending {
  readonly round: number;
  readonly number: string;
  readonly until: number;
  /** How long to wait for the recipients, in ms. */
  readonly wait: number;
}

const jobOf = (id: string) => `${KIND}:${id}`;
const digestOf = (...parts: readonly string[]) => sha256(JSON.stringify(parts)).toString('base64url');
const keyList = (sendType: SendType, target: string, key: string) => `key-${digestOf(sendType, target, key)}`;
const senderList = (sender: string) => `sender-${digestOf(sender)}`;

/** Whether the message says that all is well, so that no one needs to be called. */
function saysOk({ state }: Content): boolean {
  return state === 'ok' || state === 'resolved';
}

/** Makes the emergencies of one relay. Call it before the schedule starts. */
export function createEmergencies(ports: EmergencyPorts): Emergencies {
  const { documents, schedule, answers, alerts, log, publishNow, clock, logger } = ports;
  const collection = documents.collection<EmergencyRecord>('emergencies');

  function store(id: string, record: EmergencyRecord, seen: number): Promise<number | 'conflict'> {
    const { sendType, target, key, sender, until, ended } = record;
    const lists = ended === true ? {} : { [keyList(sendType, target, key)]: until, [senderList(sender)]: until };
    return collection.put(id, record, { seen, lists, expiresAt: until + KEPT_FOR });
  }

  async function update(id: string, change: (before: EmergencyRecord) => EmergencyRecord): Promise<void> {
    for (;;) {
      const found = await collection.get(id);
      const after = found && change(found.value);
      if (found === undefined || after === undefined || after === found.value) return;
      if ((await store(id, after, found.version)) !== 'conflict') return;
    }
  }

  /** The ids of the open emergencies in a list. */
  async function open(list: string): Promise<{ readonly id: string; readonly value: EmergencyRecord }[]> {
    const found: { id: string; value: EmergencyRecord }[] = [];
    for (let after: string | undefined, more = true; more; ) {
      const page = await collection.list(list, { limit: PAGE, ...(after === undefined ? {} : { after }) });
      found.push(...page.documents);
      after = page.cursor;
      more = after !== undefined;
    }
    return found;
  }

  /** Sends the message of a round to one of its targets. A number that was sent before is not sent again. */
  async function sendTo(
    id: string,
    record: EmergencyRecord,
    to: EscalationTarget,
    { round, number, until, wait }: Sending,
  ): Promise<Reply> {
    const { sendType, target, from, feed, byName, url, ttl } = record;
    const answer = url === undefined ? {} : { answer: `${url}/a/${answers.tokenOf(id)}` };
    const content = readContent(messageOf(record, { id, round, until, ...answer }));
    const times = deliveryTimeOf(record, round);
    // Further targets have a name of their own.
    const isFirst = to.sendType === sendType && to.target === target;
    const how = { feed, ...(isFirst && byName === true ? { byName } : {}) };
    const draft: Draft = { ...to, from, number, content, ...how, ...(times === undefined ? {} : { ttl: times }) };
    const escalated = escalatedOf(record, round);
    const change = { round, until, key: record.key, ...(escalated.length === 0 ? {} : { escalated }) };
    let noted: Promise<unknown> | undefined;
    const reply = await publishNow(draft, wait, { ring: 'always', ttl }, (mid) => {
      // The sender may wait longer than until the next round.
      noted = answers.noteMid(id, mid, record.round > round ? {} : change);
      noted.catch(() => undefined);
    });
    await noted;
    return reply;
  }

  async function numbersFor(record: EmergencyRecord, round: number): Promise<string[]> {
    const { from, message } = record;
    const content = readContent(message);
    const stamps = targetsOf(record, round).map((to) => log.stamp({ ...to, from, content }));
    return (await Promise.all(stamps)).map(({ mid }) => mid);
  }

  async function jobAfter(record: EmergencyRecord, next: NextRound | undefined): Promise<NextJob<Round>> {
    if (next === undefined) return undefined;
    const { round, left, wait } = next;
    const payload = { round, left, numbers: await numbersFor(record, round) };
    return { dueAt: clock.now() + wait, elapses: true, payload };
  }

  schedule.register<Round>(KIND, async ({ id: job, payload, late }) => {
    const id = job.slice(KIND.length + 1);
    const record = (await collection.get(id))?.value;
    if (record === undefined || (await answers.get(id))?.info.state !== 'open') return undefined;
    const { sendType, target, key } = record;
    if ((await alerts.find(sendType, target, key))?.state === 'ok') {
      await answers.cancel(id);
      return undefined;
    }
    const { round, left, numbers } = payload;
    // The first round was sent by the request, unless the relay died before.
    const first = round === 1 ? await log.find(numbers[0] ?? '') : undefined;
    if (first !== undefined) await answers.noteMid(id, first.message.mid, { round });
    // The log has no message that reached no one.
    if (first !== undefined || (round === 1 && record.round === 1)) {
      return jobAfter(record, { round: 2, left, wait: -late });
    }
    if (isOver(payload, late)) return undefined;
    const now = clock.now();
    const targets = targetsOf(record, round);
    // Computed from the time that is left, because someone may have set the clock meanwhile.
    const until = now - late + left;
    const sent = await Promise.allSettled(
      targets.map((to, at) => sendTo(id, record, to, { round, number: numbers[at] ?? '', until, wait: 0 })),
    );
    const failed = sent.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    await update(id, (before) => withRound(before, round, now));
    logger.info(
      { receipt: id, round, targets: targets.map(({ target: name }) => name) },
      'an emergency was sent again',
    );
    return jobAfter(record, roundAfter(record, payload, late));
  });

  answers.onSettled(async ({ id, state, round = 1 }) => {
    const record = (await collection.get(id))?.value;
    if (record === undefined) return;
    await schedule.cancel(jobOf(id));
    // Its message is kept no longer than any other.
    await update(id, (before) => ({ ...before, ended: true, message: { text: '', desp: '', extra: {} } }));
    const { sendType, target, key } = record;
    if (state === 'expired') logger.warn({ receipt: id, target, round }, 'nobody acknowledged an emergency');
    if ((await alerts.find(sendType, target, key))?.state !== 'ok') return;
    for (const to of targetsOf(record, round).slice(1)) await closeAlert(to, key);
  });

  async function closeAlert({ sendType, target }: EscalationTarget, key: string): Promise<void> {
    const open = await alerts.find(sendType, target, key);
    const alert = open && (await alerts.close(open.id));
    if (alert !== undefined) ports.tell({ event: 'alert', target, key, alert });
  }

  /** Ends those that are open. Resolves to their number. */
  async function endAll(found: readonly { readonly id: string }[]): Promise<number> {
    let count = 0;
    for (const { id } of found) {
      if ((await answers.get(id))?.info.state !== 'open') continue;
      await answers.cancel(id);
      count += 1;
    }
    return count;
  }

  async function endKey(sendType: SendType, target: string, key: string, except?: string): Promise<void> {
    const found = await open(keyList(sendType, target, key));
    await endAll(found.filter(({ id }) => id !== except));
  }

  /** Forgets an emergency whose first message could not be sent, or has reached no one. It may begin again. */
  async function takeBack(id: string): Promise<void> {
    try {
      await schedule.cancel(jobOf(id));
      await collection.remove(id);
      await answers.forget(id);
    } catch (error) {
      logger.error({ err: error, receipt: id }, 'an emergency that could not be sent may still be repeated');
    }
  }

  async function begin(
    draft: Draft,
    wait: number,
    { emergency, ttl }: { readonly emergency: EmergencyOptions; readonly ttl: number | undefined },
    sender: string,
  ): Promise<Published> {
    const { sendType, target, from, content, feed, byName } = draft;
    const number = draft.number ?? (await log.stamp(draft)).mid;
    const now = clock.now();
    const { id, state, round, until } = await answers.ask({
      sendType,
      target,
      key: content.key,
      title: titleOf(content),
      from: from.name,
      sender,
      kind: 'acknowledge',
      until: now + emergency.expire,
      number,
      round: 1,
      callback: emergency.callback,
      pushoverUser: emergency.user,
    });
    const made: EmergencyRecord = {
      ...emergency,
      sendType,
      target,
      from,
      sender,
      message: writeContent(content),
      key: content.key ?? `receipt:${id}`,
      tags: content.tags,
      ...(ttl === undefined ? {} : { ttl }),
      ...(feed === true ? { feed } : {}),
      ...(byName === true ? { byName } : {}),
      until,
      round: 0,
      lastAt: 0,
    };
    const to = { sendType, target };
    // A request that is run again after a crash. Meanwhile it was sent, and someone has ended it.
    if (state !== 'open') {
      const reply = await sendTo(id, { ...made, round: round ?? 1 }, to, { round: 1, number, until, wait });
      return { ...reply, receipt: id };
    }
    try {
      const isNew = (await store(id, made, 0)) !== 'conflict';
      const known = isNew ? undefined : (await collection.get(id))?.value;
      const record = { ...made, round: known?.round ?? 0 };
      const { retry, expire, escalation } = emergency;
      // Whether someone may get it later, even if no one is there now.
      const isKept = feed === true || byName === true || escalation.length > 0;
      const payload = { round: 1, left: expire - retry, numbers: [number] };
      const job = { id: jobOf(id), kind: KIND, dueAt: now + retry, elapses: true, payload };
      if (expire > retry) await schedule.put(job, 0);
      if (content.key !== undefined) await endKey(sendType, target, content.key, id);
      const reply = await sendTo(id, record, to, { round: 1, number, until, wait });
      if (!isKept && [...reply.statuses.values()].every((status) => status === 'no')) {
        await takeBack(id);
        return reply;
      }
      await update(id, (before) => withRound(before, 1, now));
      logger.info({ receipt: id, target, mid: reply.mid }, 'an emergency has begun');
      return { ...reply, receipt: id };
    } catch (error) {
      await takeBack(id);
      throw error;
    }
  }

  return {
    publish(draft, wait, options, sender) {
      const { emergency, ttl } = options ?? {};
      if (emergency === undefined || saysOk(draft.content)) return publishNow(draft, wait, options);
      return begin(draft, wait, { emergency, ttl }, sender);
    },
    endKey: (sendType, target, key) => endKey(sendType, target, key),
    async receipt(id, sender) {
      const [found, question] = await Promise.all([collection.get(id), answers.get(id)]);
      if (found?.value.sender !== sender || question === undefined) return undefined;
      return receiptOf(found.value, question.info);
    },
    async cancel(id, sender) {
      if ((await collection.get(id))?.value.sender !== sender) return false;
      await answers.cancel(id);
      return true;
    },
    async cancelTag(sender, tag) {
      const found = (await open(senderList(sender))).filter(({ value }) => value.tags.includes(tag));
      return endAll(found);
    },
  };
}
