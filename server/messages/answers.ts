// Questions: messages that ask for something back. Durable, and the first answer wins on whichever node it is given. What
// follows from the end of a question is done by a job, so that no crash leaves it out.
import type { AnswerInfo } from '../../shared/api.ts';
import { type Backoff, backoffDelay } from '../../shared/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { sha256 } from '../base/digest.ts';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { MessageLog } from '../delivery/ports.ts';
import { type AnswerIds, createAnswerIds, ID_LENGTH } from './answer-ids.ts';
import {
  type Answerer,
  type AnswerRecord,
  type CallbackCall,
  callOf,
  newRecord,
  type Question,
  readAnswer,
  viewOf,
  withAnswer,
  withMid,
  withName,
  withoutCallback,
} from './answer-state.ts';
import type { Documents, StoredDocument } from './documents.ts';
import { type CallResult, limitCalls } from './limit-calls.ts';
import type { NextJob, Schedule } from './schedule.ts';

/** A question, and the credential that asked it, as `senderOf` writes it. */
export interface KnownQuestion {
  readonly info: AnswerInfo;
  readonly sender: string;
}

/**
 * What became of an answer. `taken`: it counts, or it is the one that the same credential has given before. `late`: someone
 * else was first. `over`: the question has expired or was withdrawn.
 */
export interface TakenAnswer {
  readonly outcome: 'taken' | 'late' | 'over';
  readonly info: AnswerInfo;
}

/** A page of questions. */
export interface AnswerPage {
  readonly questions: readonly KnownQuestion[];
  readonly cursor: string | undefined;
}

/** The questions of a relay. Promises resolve when the change is durable. */
export interface Answers extends Pick<AnswerIds, 'tokenOf' | 'idOfToken'> {
  /**
   * Stores a question before its message is sent. One with the number of an earlier one is that one.
   * @throws RelayError `too_many` beyond `answers.maxOpen` and `answers.maxOpenPerSender`
   */
  ask(question: Question): Promise<AnswerInfo>;
  /** Notes a message of the question, and what has changed with it. Undefined if the question is not known. */
  noteMid(
    id: string,
    mid: string,
    change?: Pick<Partial<AnswerInfo>, 'round' | 'escalated' | 'until' | 'key'>,
  ): Promise<AnswerInfo | undefined>;
  /**
   * Answers a question.
   * @param text undefined is enough for an acknowledgement
   * @throws RelayError `invalid` if it does not answer the question
   * @returns undefined if there is no such question
   */
  answer(id: string, text: unknown, by: Answerer): Promise<TakenAnswer | undefined>;
  /** Withdraws a question. The result says what it is now; undefined if there is no such question. */
  cancel(id: string): Promise<AnswerInfo | undefined>;
  /** Lets a device that has another name now answer what was asked under its old one. */
  renamed(name: string, to: string): Promise<void>;
  /** Forgets a question whose message could not be sent. Another one with its number is a new one. */
  forget(id: string): Promise<void>;
  /** @param id of the question, or the mid or the id of one of its messages */
  get(id: string): Promise<KnownQuestion | undefined>;
  /** Questions with the latest first. @param open only those that wait for an answer */
  list(open: boolean, bounds: { readonly after?: string; readonly limit: number }): Promise<AnswerPage>;
  /**
   * Tells the question now and after each change by any node, until the function that it returns is called. Not told twice in
   * the same state.
   */
  follow(id: string, tell: (info: AnswerInfo) => void): () => void;
  /** Resolves when the question is settled, on whichever node; to undefined when the signal aborts first. */
  wait(id: string, signal: AbortSignal): Promise<AnswerInfo | undefined>;
  /**
   * Calls the listener on one node for each question that is settled: at least once, and again if it rejects. Call this before
   * the schedule starts.
   */
  onSettled(listener: (info: AnswerInfo) => Promise<void>): void;
}

/** The section `answers` of the config that matters here. */
export interface AnswersConfig {
  readonly maxOpen: number;
  readonly maxOpenPerSender: number;
}

/** What {@link createAnswers} needs. */
export interface AnswersPorts {
  readonly documents: Documents;
  readonly schedule: Pick<Schedule, 'register' | 'put' | 'cancel'>;
  readonly log: Pick<MessageLog, 'find'>;
  readonly messageIds: Pick<MessageIds, 'midOf'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly config: AnswersConfig;
  /** How long a question is kept after it is over, in ms. */
  readonly keptFor: number;
  /** Makes ids and addresses that no one can guess. The same on all nodes. */
  readonly secret: string;
  /** Tells the pages of the recipients that a question has changed. */
  tell(info: AnswerInfo): void;
  /** Tells an address how a question was settled. Never rejects. */
  call(call: CallbackCall): Promise<CallResult>;
}

const KIND = 'answer';
/** The list of all questions and of the open ones; the place is the time at which they were asked. */
const ALL = 'all';
const OPEN = 'open';
/** How many open questions are looked at together after a device was renamed. */
const RENAMED_AT_ONCE = 200;
const RETRY: Backoff = { base: 3000, cap: 600_000 };
/** How long an address is tried, in ms. */
const CALL_FOR = 24 * 3_600_000;

const jobOf = (id: string) => `${KIND}:${id}`;
const senderList = (sender: string) => `sender-${sha256(sender).toString('base64url')}`;
/** The questions of a sender that are over, and whose callback is still due. */
const owedList = (sender: string) => `owed-${sha256(sender).toString('base64url')}`;

/** Makes the questions of one relay. */
export function createAnswers(ports: AnswersPorts): Answers {
  const { documents, schedule, log, messageIds, clock, logger, config, keptFor } = ports;
  const ids = createAnswerIds(ports.secret);
  const call = limitCalls(ports.call);
  const collection = documents.collection<AnswerRecord>('answers');
  const listeners: ((info: AnswerInfo) => Promise<void>)[] = [];
  /** Who follows which question on this node. */
  const followers = new Map<string, Set<(found: StoredDocument<AnswerRecord>) => void>>();

  function store(id: string, record: AnswerRecord, seen: number): Promise<number | 'conflict'> {
    const { state, createdAt, until, at = until } = record;
    const isOpen = state === 'open';
    const isOwed = !isOpen && callOf(viewOf(id, record), record) !== undefined;
    return collection.put(id, record, {
      seen,
      lists: {
        [ALL]: createdAt,
        ...(isOpen ? { [OPEN]: createdAt, [senderList(record.sender)]: createdAt } : {}),
        ...(isOwed ? { [owedList(record.sender)]: createdAt } : {}),
      },
      expiresAt: Math.max(at, until) + keptFor,
    });
  }

  /** Changes a question. `change` is called again if someone else was faster; undefined leaves it. */
  async function update(
    id: string,
    change: (before: AnswerRecord) => AnswerRecord | undefined,
  ): Promise<{ readonly before: AnswerRecord; readonly after: AnswerRecord } | undefined> {
    for (;;) {
      const found = await collection.get(id);
      if (found === undefined) return undefined;
      const before = found.value;
      const after = change(before);
      if (after === undefined || after === before) return { before, after: before };
      if ((await store(id, after, found.version)) !== 'conflict') return { before, after };
    }
  }

  /** Settles an open question, and lets the job do the rest now. If that fails, the job does it when the time is over. */
  async function settle(id: string, change: (before: AnswerRecord) => AnswerRecord) {
    const changed = await update(id, (before) => (before.state === 'open' ? change(before) : undefined));
    if (changed === undefined || changed.before === changed.after) return changed;
    logger.info({ question: id, state: changed.after.state, by: changed.after.by }, 'a question was settled');
    try {
      await schedule.put({ id: jobOf(id), kind: KIND, dueAt: clock.now(), payload: {} });
    } catch (error) {
      logger.warn({ err: error, question: id }, 'what follows from an answer is done later');
    }
    return changed;
  }

  async function tellAll(info: AnswerInfo): Promise<void> {
    ports.tell(info);
    for (const listener of listeners) await listener(info);
  }

  /** The question with its first message, even if a crash came before that was noted. */
  async function whole(id: string, record: AnswerRecord): Promise<AnswerInfo> {
    const known = record.mids.length > 0 ? record : await log.find(record.number);
    return viewOf(id, known === undefined || 'mids' in known ? record : withMid(record, known.message.mid));
  }

  async function callBack(
    info: AnswerInfo,
    sender: string,
    made: CallbackCall,
    tries: number,
  ): Promise<NextJob<{ told: true; tries: number }>> {
    const result = await call(sender, made);
    const now = clock.now();
    if (result === 'taken') {
      await update(info.id, (before) => ({ ...withoutCallback(before), calledBackAt: now }));
      return undefined;
    }
    if (now - (info.at ?? now) >= CALL_FOR) {
      logger.warn({ question: info.id, reason: result.reason }, 'the callback of a question is given up');
      await update(info.id, withoutCallback);
      return undefined;
    }
    const wait = Math.max(result.after ?? 0, backoffDelay(tries + 1, RETRY, Math.random()));
    return { dueAt: now + wait, elapses: true, payload: { told: true, tries: tries + 1 } };
  }

  schedule.register<{ readonly told?: boolean; readonly tries?: number }>(KIND, async ({ id: job, payload }) => {
    const id = job.slice(KIND.length + 1);
    // An open question is over now. Only this job says so. Otherwise, a change of the clock could end it early.
    const changed = await update(id, (before) =>
      before.state === 'open' ? { ...before, state: 'expired', at: clock.now() } : undefined,
    );
    if (changed === undefined) return undefined;
    const { after } = changed;
    const info = await whole(id, after);
    if (payload.told !== true) await tellAll(info);
    const made = callOf(info, after);
    return made && callBack(info, after.sender, made, payload.tries ?? 0);
  });

  async function checkBounds({ sender, callback }: Question): Promise<void> {
    const { maxOpen, maxOpenPerSender } = config;
    const [all, own] = await Promise.all([collection.count(OPEN), collection.count(senderList(sender))]);
    const refuse = (count: number, name: string) =>
      new RelayError('too_many', `${count} questions wait for an answer (answers.${name}); withdraw some first`);
    if (all >= maxOpen) throw refuse(maxOpen, 'maxOpen');
    if (own >= maxOpenPerSender) throw refuse(maxOpenPerSender, 'maxOpenPerSender');
    // An address that cannot be reached keeps no one from asking without one, nor from an emergency.
    if (callback === undefined || (await collection.count(owedList(sender))) < maxOpenPerSender) return;
    const text = `${maxOpenPerSender} callbacks of yours were not taken yet (answers.maxOpenPerSender)`;
    throw new RelayError('too_many', `${text}: check the address, or ask without callback`);
  }

  function read(id: string): void {
    const own = followers.get(id);
    if (own === undefined) return;
    collection.get(id).then(
      (found) => {
        if (found !== undefined) for (const tell of own) tell(found);
      },
      // Followers are told when the documents can be read again.
      () => undefined,
    );
  }

  collection.onChange(read);
  collection.onMissed(() => {
    for (const id of followers.keys()) read(id);
  });

  const follow: Answers['follow'] = (id, tell) => {
    let last = 0;
    const own = (found: StoredDocument<AnswerRecord>) => {
      if (found.version <= last) return;
      last = found.version;
      tell(viewOf(id, found.value));
    };
    const all = followers.get(id) ?? new Set();
    followers.set(id, all.add(own));
    read(id);
    return () => {
      if (all.delete(own) && all.size === 0) followers.delete(id);
    };
  };

  async function find(id: string): Promise<StoredDocument<AnswerRecord> | undefined> {
    if (id.length === ID_LENGTH) return collection.get(id);
    const mid = messageIds.midOf(id) ?? id;
    const found = /^\d{1,16}$/.test(mid) ? await log.find(mid) : undefined;
    const asked = found?.message.content.ask?.id;
    return asked === undefined ? undefined : collection.get(asked);
  }

  return {
    async ask(question) {
      const id = ids.idOf(question.number);
      const known = await collection.get(id);
      if (known !== undefined) return viewOf(id, known.value);
      await checkBounds(question);
      const record = newRecord(question, clock.now());
      // A job without a question does nothing, but a question without a job never ends.
      await schedule.put({ id: jobOf(id), kind: KIND, dueAt: record.until, elapses: true, payload: {} });
      if ((await store(id, record, 0)) !== 'conflict') return viewOf(id, record);
      return viewOf(id, (await collection.get(id))?.value ?? record);
    },
    async noteMid(id, mid, change = {}) {
      const changed = await update(id, (before) => {
        const after = withMid(before, mid);
        return Object.keys(change).length === 0 ? after : { ...after, ...change };
      });
      if (changed === undefined) return undefined;
      const info = viewOf(id, changed.after);
      // The question was settled while the message was sent, so the message must not ring either.
      if (changed.before === changed.after) return info;
      if (info.state === 'open') ports.tell(info);
      else await tellAll(info);
      return info;
    },
    async answer(asked, text, by) {
      const found = await find(asked);
      if (found === undefined) return undefined;
      const { id } = found;
      const given = readAnswer(found.value, text);
      const changed = await settle(id, (before) => withAnswer(before, given, by, clock.now()));
      if (changed === undefined) return undefined;
      const { after } = changed;
      const info = viewOf(id, after);
      if (after.state !== 'answered') return { outcome: 'over', info };
      return { outcome: after.answeredBy === by.id && after.answer === given ? 'taken' : 'late', info };
    },
    async cancel(asked) {
      const id = (await find(asked))?.id;
      if (id === undefined) return undefined;
      const changed = await settle(id, (before) => ({ ...before, state: 'cancelled', at: clock.now() }));
      return changed && viewOf(id, changed.after);
    },
    async renamed(name, to) {
      for (let after: string | undefined; ; ) {
        const page = await collection.list(OPEN, { limit: RENAMED_AT_ONCE, ...(after === undefined ? {} : { after }) });
        for (const { id, value } of page.documents) {
          if (withName(value, name, to) === value) continue;
          const changed = await update(id, (before) =>
            before.state === 'open' ? withName(before, name, to) : undefined,
          );
          if (changed !== undefined && changed.before !== changed.after) ports.tell(viewOf(id, changed.after));
        }
        after = page.cursor;
        if (after === undefined) return;
      }
    },
    async forget(id) {
      await collection.remove(id);
      await schedule.cancel(jobOf(id));
    },
    async get(asked) {
      const found = await find(asked);
      return found && { info: viewOf(found.id, found.value), sender: found.value.sender };
    },
    async list(open, bounds) {
      const { documents: found, cursor } = await collection.list(open ? OPEN : ALL, { ...bounds, descending: true });
      const questions = found.map(({ id, value }) => ({ info: viewOf(id, value), sender: value.sender }));
      return { questions, cursor };
    },
    follow,
    wait: (id, signal) =>
      new Promise((resolve) => {
        const end = (info?: AnswerInfo) => {
          stop();
          signal.removeEventListener('abort', aborted);
          resolve(info);
        };
        const aborted = () => end();
        const stop = follow(id, (info) => {
          if (info.state !== 'open') end(info);
        });
        if (signal.aborted) end();
        else signal.addEventListener('abort', aborted);
      }),
    onSettled(listener) {
      listeners.push(listener);
    },
    tokenOf: ids.tokenOf,
    idOfToken: ids.idOfToken,
  };
}
