// The messages that this page sent, with their statuses. The socket reports changes, and the page asks the relay as well.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { MessageState } from '../../../shared/api.ts';
import { isSettled, type Status } from '../../../shared/status.ts';
import { type Clock, sleep } from './clock.ts';
import type { Draft, SentMessage } from './model.ts';
import type { Questions } from './questions.ts';
import type { RelayApi } from './relay/api.ts';
import type { AccountRecord } from './store/database.ts';

/** What sending needs. */
export interface SentPorts {
  readonly api: Pick<RelayApi, 'send' | 'message'>;
  readonly questions: Pick<Questions, 'all' | 'lookUp'>;
  readonly clock: Clock;
}

/** The list of sent messages, in memory only. */
export interface Sent {
  readonly sent: ReadonlySignal<readonly SentMessage[]>;
  send(account: AccountRecord, draft: Draft): Promise<SentMessage>;
  /** Stores the new status of a recipient. */
  update(accountId: string, mid: string, name: string, status: string): void;
}

const MAX_SENT = 50;
const MAX_EARLY = 200;
/** Waits between two looks at a question, in ms, and how many of the first are short. */
const LOOK_SOON = 2000;
const LOOK_LATER = 15_000;
const QUICK_LOOKS = 60;
/** Waits before each request for the statuses, in ms. */
const ASK_AFTER = [1000, 2000, 4000, 8000, 15_000, 30_000, 60_000, 120_000, 240_000];

type News = readonly [name: string, status: string];

/** Merges statuses. `ok` is final, and the socket calls `ready` what is held back. */
function merge(statuses: ReadonlyMap<string, string>, news: Iterable<News>): ReadonlyMap<string, string> {
  const merged = new Map(statuses);
  for (const [name, status] of news) {
    const before = merged.get(name);
    if (before !== 'ok' && !(before === 'held' && status === 'ready')) merged.set(name, status);
  }
  return merged;
}

/** The statuses of a message, with those that wait for the end of quiet hours. */
function statusesOf({ status, held = [] }: Pick<MessageState, 'status' | 'held'>): readonly News[] {
  return Object.entries(status).map(([name, value]) => [name, held.includes(name) ? 'held' : value]);
}

function isOver({ statuses }: SentMessage): boolean {
  return [...statuses.values()].every((status) => isSettled(status as Status));
}

/** Makes the list of sent messages. */
export function createSent({ api, questions, clock }: SentPorts): Sent {
  const sent = signal<readonly SentMessage[]>([]);
  /** Statuses that arrived before the relay answered the send request. */
  const early = new Map<string, News[]>();

  function find(accountId: string, mid: string): SentMessage | undefined {
    return sent.value.find((message) => message.accountId === accountId && message.mid === mid);
  }

  function change(message: SentMessage, news: Iterable<News>): void {
    const changed = { ...message, statuses: merge(message.statuses, news) };
    sent.value = sent.value.map((item) => (item === message ? changed : item));
  }

  async function follow(account: AccountRecord, mid: string): Promise<void> {
    for (const wait of ASK_AFTER) {
      await sleep(clock, wait);
      const before = find(account.id, mid);
      if (before === undefined || isOver(before)) return;
      const state = await api.message(account, mid).catch(() => undefined);
      const message = find(account.id, mid);
      if (state !== undefined && message !== undefined) change(message, statusesOf(state));
    }
  }

  /** Asks what became of a question. Its answers come over the socket only to its recipients. */
  async function followQuestion({ id: accountId }: AccountRecord, id: string): Promise<void> {
    for (let looks = 0; ; looks += 1) {
      await questions.lookUp(accountId, id).catch(() => {});
      const known = questions.all.value.find((one) => one.accountId === accountId && one.id === id);
      if (known !== undefined && known.state !== 'open') return;
      if (!sent.value.some(({ question }) => question === id)) return;
      await sleep(clock, looks < QUICK_LOOKS ? LOOK_SOON : LOOK_LATER);
    }
  }

  return {
    sent,
    async send(account, draft) {
      const reply = await api.send(account, draft);
      const { mid, question } = reply;
      const message: SentMessage = {
        accountId: account.id,
        mid,
        target: draft.target,
        group: draft.group,
        title: draft.title,
        time: clock.now(),
        statuses: merge(new Map(statusesOf(reply)), early.get(`${account.id}/${mid}`) ?? []),
        ...(question === undefined ? {} : { question }),
      };
      early.delete(`${account.id}/${mid}`);
      sent.value = [message, ...sent.value].slice(0, MAX_SENT);
      void follow(account, mid);
      if (question !== undefined) void followQuestion(account, question);
      return message;
    },
    update(accountId, mid, name, status) {
      const message = find(accountId, mid);
      if (message !== undefined) {
        change(message, [[name, status]]);
        return;
      }
      const key = `${accountId}/${mid}`;
      early.set(key, [...(early.get(key) ?? []), [name, status]]);
      for (const oldest of early.keys()) {
        if (early.size <= MAX_EARLY) break;
        early.delete(oldest);
      }
    },
  };
}
