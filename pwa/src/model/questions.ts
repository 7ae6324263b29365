// The questions of all relays: what the messages ask, and what became of it. Each tab reads them when it starts. After
// that, the leading tab tells the others what changed.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { AnswerInfo, LateAnswer } from '../../../shared/api.ts';
import type { Accounts } from './account/accounts.ts';
import { type Account, ActionError, type AskedQuestion, type InboxMessage } from './model.ts';
import type { RelayApi } from './relay/api.ts';
import { fail, isUnreached } from './relay/call.ts';
import type { Channel } from './store/channel.ts';
import type { AccountRecord, Database } from './store/database.ts';
import { isQuestion, mergeQuestions, putQuestions, readQuestions } from './store/questions.ts';

/** What the questions need. */
export interface QuestionsPorts {
  readonly api: Pick<RelayApi, 'questions' | 'question' | 'answer' | 'withdraw'>;
  readonly accounts: Pick<Accounts, 'accounts' | 'records' | 'get'>;
  readonly channel: Pick<Channel, 'post'>;
  readonly database: Database;
  /** The messages with a question, newest first. */
  readonly asking: ReadonlySignal<readonly InboxMessage[]>;
  readonly closeNotifications: (ids: readonly (readonly [accountId: string, mid: string])[]) => void;
}

/** The questions. */
export interface Questions {
  readonly all: ReadonlySignal<readonly AskedQuestion[]>;
  /** Reads those of all relays. What cannot be read stays as it was. */
  load(): Promise<void>;
  /** Handles the data of an ANSWER packet. */
  hear(accountId: string, data: unknown): Promise<void>;
  /** Takes over what another tab knows. */
  follow(accountId: string, questions: readonly AnswerInfo[]): void;
  answer(accountId: string, id: string, text: string): Promise<void>;
  /** Asks the relay what became of a question, unless that is known. Rejects only for an unknown account. */
  lookUp(accountId: string, id: string): Promise<void>;
  withdraw(accountId: string, id: string): Promise<void>;
}

/** How many questions that the relay no longer lists are looked up at a time. */
const LOOK_UPS = 20;

/** The question as a message tells it, for as long as nothing else is known of it. */
function questionOf(message: InboxMessage, device: string): AskedQuestion | undefined {
  const { accountId, ask, key, group, title, body, sender, mid, time } = message;
  if (ask === undefined) return undefined;
  return {
    accountId,
    ...ask,
    sendType: group === undefined ? 'personal' : 'group',
    target: group ?? device,
    ...(key === undefined ? {} : { key }),
    title: title === '' ? (body.trim().split('\n', 1)[0] ?? '') : title,
    from: sender,
    mids: [mid],
    state: 'open',
    createdAt: time,
    forMe: true,
  };
}

/** Whether a device with this name and these groups receives it. */
function isFor({ name, groups }: Account, { sendType, target, escalated = [] }: AnswerInfo): boolean {
  const isOwn = sendType === 'personal' ? target === name : groups.includes(target);
  return isOwn || escalated.some((one) => one === name || groups.includes(one));
}

/** Merges two views of a question: the round of the latest message, and all messages. */
function joined(known: AskedQuestion, told: AskedQuestion): AskedQuestion {
  const mids = [...new Set([...known.mids, ...told.mids])].sort((a, b) => Number(a) - Number(b));
  const round = Math.max(known.round ?? 0, told.round ?? 0);
  return { ...known, mids, forMe: true, ...(round === 0 ? {} : { round }) };
}

/** Creates the questions. Only the messages tell of any until `load`. */
export function createQuestions(ports: QuestionsPorts): Questions {
  const { api, accounts, channel, database, asking } = ports;
  const known = signal<ReadonlyMap<string, readonly AnswerInfo[]>>(new Map());

  const all = computed(() => {
    const questions = new Map<string, AskedQuestion>();
    const names = new Map(accounts.accounts.value.map(({ id, name }) => [id, name]));
    for (const account of accounts.accounts.value) {
      const accountId = account.id;
      for (const info of known.value.get(accountId) ?? [])
        questions.set(`${accountId}/${info.id}`, { ...info, accountId, forMe: isFor(account, info) });
    }
    for (const message of asking.value) {
      const told = questionOf(message, names.get(message.accountId) ?? '');
      if (told === undefined) continue;
      const key = `${told.accountId}/${told.id}`;
      const before = questions.get(key);
      questions.set(key, before === undefined ? told : joined(before, told));
    }
    return [...questions.values()].sort((a, b) => b.createdAt - a.createdAt);
  });

  function follow(accountId: string, questions: readonly AnswerInfo[]): void {
    const before = known.value.get(accountId) ?? [];
    known.value = new Map(known.value).set(accountId, mergeQuestions(before, questions));
  }

  /** Shows, stores and tells the other tabs what is new. Notifications of what is over go away. */
  async function learn(accountId: string, told: readonly AnswerInfo[]): Promise<void> {
    const before = new Map((known.value.get(accountId) ?? []).map((one) => [one.id, JSON.stringify(one)]));
    const news = told.filter((one) => before.get(one.id) !== JSON.stringify(one));
    if (news.length === 0) return;
    follow(accountId, news);
    channel.post({ kind: 'questions', accountId, questions: news });
    const over = new Set(news.filter(({ state }) => state !== 'open').map(({ id }) => id));
    const mids = all.value.flatMap((one) => (one.accountId === accountId && over.has(one.id) ? one.mids : []));
    if (mids.length > 0) ports.closeNotifications(mids.map((mid) => [accountId, mid] as const));
    await putQuestions(database, accountId, news);
  }

  /** What became of a question that the relay does not list. If it has forgotten it, its time is over. */
  async function ended(account: AccountRecord, question: AskedQuestion): Promise<AnswerInfo[]> {
    try {
      return [await api.question(account, question.id)].filter(isQuestion);
    } catch (error) {
      const { accountId: _, forMe: __, ...info } = question;
      return isUnreached(error) ? [] : [{ ...info, state: 'expired' }];
    }
  }

  async function loadAccount(account: AccountRecord): Promise<void> {
    follow(account.id, await readQuestions(database, account.id));
    const lists = await Promise.all([api.questions(account, false), api.questions(account, true)]);
    const news = lists.flat().filter(isQuestion);
    const listed = new Set(news.map(({ id }) => id));
    const unlisted = all.value.filter(
      (one) => one.accountId === account.id && one.state === 'open' && !listed.has(one.id),
    );
    const found = await Promise.all(unlisted.slice(0, LOOK_UPS).map((question) => ended(account, question)));
    await learn(account.id, [...news, ...found.flat()]);
  }

  async function lookUp(accountId: string, id: string): Promise<void> {
    const account = accounts.get(accountId);
    const question = all.value.find((one) => one.accountId === accountId && one.id === id);
    if (question?.state === 'open') await learn(accountId, await ended(account, question));
    if (question !== undefined) return;
    const found: unknown = await api.question(account, id).catch(() => undefined);
    if (isQuestion(found)) await learn(accountId, [found]);
  }

  /** Takes over what the relay says of a question. @throws ActionError if it came too late, or is not known to have arrived */
  async function tell(accountId: string, request: Promise<AnswerInfo | LateAnswer>): Promise<void> {
    let told: AnswerInfo | LateAnswer;
    try {
      told = await request;
    } catch (error) {
      if (isUnreached(error)) throw fail('answer.not_sent');
      throw error instanceof ActionError && error.text.key === 'error.not_found' ? fail('answer.unknown') : error;
    }
    if (!isQuestion(told)) throw fail('answer.not_sent');
    await learn(accountId, [told]);
    if ('code' in told) throw lateness(told);
  }

  return {
    all,
    follow,
    lookUp,
    async load() {
      await Promise.allSettled(accounts.records().map(loadAccount));
    },
    async hear(accountId, data) {
      if (isQuestion(data)) await learn(accountId, [data]);
    },
    answer: (accountId, id, text) => tell(accountId, api.answer(accounts.get(accountId), id, text)),
    withdraw: (accountId, id) => tell(accountId, api.withdraw(accounts.get(accountId), id)),
  };
}

/** Why an answer does not count. */
function lateness({ kind, state, answer = '', by = '' }: AnswerInfo) {
  if (state === 'cancelled') return fail('answer.withdrawn');
  if (state !== 'answered') return fail('answer.over');
  return kind === 'acknowledge' ? fail('answer.late_acknowledged', { by }) : fail('answer.late', { by, answer });
}
