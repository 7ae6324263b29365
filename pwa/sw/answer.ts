// Answers a question from its notification, and shows what came of it. No page needs to be open.
import type { AnswerInfo } from '../../shared/api.ts';
import { isObject, ownValue } from '../../shared/object.ts';
import { type Clock, sleep } from '../src/model/clock.ts';
import type { RelayApi } from '../src/model/relay/api.ts';
import { isUnreached } from '../src/model/relay/call.ts';
import type { Channel } from '../src/model/store/channel.ts';
import type { Database } from '../src/model/store/database.ts';
import { countUnread, markRecordsRead } from '../src/model/store/messages.ts';
import { isQuestion, putQuestions } from '../src/model/store/questions.ts';
import { type AskedHere, BUTTONS, type NotificationPlan, planPlain } from './notification.ts';
import { outcomeText } from './retract.ts';
import { fill, type WorkerTexts } from './texts.ts';

/** What answering needs. */
export interface AnswerWorkerPorts {
  database(): Promise<Database>;
  readonly api: Pick<RelayApi, 'answer'>;
  readonly channel: Pick<Channel, 'post'>;
  readonly clock: Clock;
  show(plan: NotificationPlan): Promise<void>;
  setBadge(count: number): Promise<void>;
}

/** The message of a notification. */
interface Asking {
  readonly accountId: string;
  readonly mid: string;
}

/** Waits between the tries, in ms. A phone that wakes up needs a moment for its network. */
const AGAIN = [1000, 4000];

/** The question in the data of a notification; undefined if it has none. */
export function readAsked(value: unknown): AskedHere | undefined {
  // The data is what `planNotification` wrote.
  return isObject(value) && typeof value['id'] === 'string' && Array.isArray(value['options'])
    ? (value as unknown as AskedHere)
    : undefined;
}

/** The answer that a button stands for; undefined for another button. */
export function answerOf({ kind, options }: AskedHere, button: string): string | undefined {
  if (!button.startsWith(BUTTONS.answer)) return undefined;
  return kind === 'acknowledge' ? 'acknowledged' : options[Number(button.slice(BUTTONS.answer.length))];
}

async function send({ accountId }: Asking, id: string, text: string, ports: AnswerWorkerPorts): Promise<AnswerInfo> {
  const account = await (await ports.database()).get('accounts', accountId);
  if (account === undefined) throw new TypeError('the account was removed');
  for (const wait of [...AGAIN, undefined]) {
    try {
      const told: unknown = await ports.api.answer(account, id, text);
      if (!isQuestion(told)) throw new TypeError('the relay answered something else');
      return told;
    } catch (error) {
      if (wait === undefined || !isUnreached(error)) throw error;
    }
    await sleep(ports.clock, wait);
  }
  throw new TypeError('the last try ends the loop');
}

async function learn({ accountId, mid }: Asking, info: AnswerInfo, ports: AnswerWorkerPorts): Promise<void> {
  const database = await ports.database();
  await putQuestions(database, accountId, [info]);
  ports.channel.post({ kind: 'questions', accountId, questions: [info] });
  const changed = await markRecordsRead(
    database,
    [mid, ...info.mids].map((one) => ({ accountId, mid: one })),
  );
  ports.channel.post({ kind: 'messages', ids: changed.map((record) => [accountId, record.mid] as const) });
  await ports.setBadge(await countUnread(database));
}

/** Sends the answer. The notification then says how it ended, or that it was not sent, with the same buttons. Never rejects. */
export async function answerQuestion(
  asking: Asking,
  asked: AskedHere,
  text: string,
  texts: WorkerTexts,
  ports: AnswerWorkerPorts,
): Promise<void> {
  const { accountId, mid } = asking;
  const { title, tag, buttons } = asked;
  const now = ports.clock.now();
  try {
    const info = await send(asking, asked.id, text, ports);
    const outcome = outcomeText(texts, { ...info, state: info.state === 'open' ? 'expired' : info.state });
    const isLate = ownValue(info as unknown as Record<string, unknown>, 'code') === 'conflict';
    const { options } = planPlain(title, isLate ? fill(texts.late, { outcome }) : outcome, tag, now);
    await ports.show({ title, options: { ...options, silent: true, data: { accountId, mid, actions: [] } } });
    await learn(asking, info, ports);
  } catch (error) {
    const { options } = planPlain(title, isUnreached(error) ? texts.notSent : texts.refused, tag, now);
    const data = { accountId, mid, actions: [], ask: asked };
    const plan = { title, options: { ...options, requireInteraction: true, renotify: true, actions: buttons, data } };
    await ports.show(plan).catch(() => {});
  }
}
