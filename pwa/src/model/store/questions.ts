// What became of questions, stored so that the page knows it offline. The messages have only what was asked.
import type { AnswerInfo } from '../../../../shared/api.ts';
import { isObject } from '../../../../shared/object.ts';
import type { Database } from './database.ts';

/** How many questions of a relay are kept. */
const KEPT = 200;
const STATES: ReadonlySet<unknown> = new Set<AnswerInfo['state']>(['open', 'answered', 'expired', 'cancelled']);

/** Whether the page can show this. The relay is trusted with the rest. */
export function isQuestion(value: unknown): value is AnswerInfo {
  if (!isObject(value)) return false;
  const { id, kind, target, title, from, mids, state, until, createdAt } = value;
  return (
    [id, kind, target, title, from].every((text) => typeof text === 'string') &&
    [until, createdAt].every((time) => typeof time === 'number') &&
    Array.isArray(mids) &&
    STATES.has(state)
  );
}

/** The newer facts of each question win, but none is open again. The latest asked first. */
export function mergeQuestions(before: readonly AnswerInfo[], news: readonly AnswerInfo[]): readonly AnswerInfo[] {
  const byId = new Map(before.map((question) => [question.id, question]));
  for (const question of news) {
    const known = byId.get(question.id);
    if (known === undefined || known.state === 'open' || question.state !== 'open') byId.set(question.id, question);
  }
  return [...byId.values()].sort((a, b) => b.createdAt - a.createdAt).slice(0, KEPT);
}

/** The stored questions of an account. */
export async function readQuestions(database: Database, accountId: string): Promise<readonly AnswerInfo[]> {
  const value = await database.get('meta', `questions:${accountId}`);
  return Array.isArray(value) ? value.filter(isQuestion) : [];
}

/** Stores what is new, unless the account was removed. Resolves to all that is stored. */
export async function putQuestions(
  database: Database,
  accountId: string,
  news: readonly AnswerInfo[],
): Promise<readonly AnswerInfo[]> {
  const key = `questions:${accountId}`;
  const transaction = database.transaction(['meta', 'accounts'], 'readwrite');
  const meta = transaction.objectStore('meta');
  const [present, stored] = await Promise.all([
    transaction.objectStore('accounts').getKey(accountId),
    meta.get(key) as Promise<unknown>,
  ]);
  const merged = mergeQuestions(Array.isArray(stored) ? stored.filter(isQuestion) : [], news);
  if (present !== undefined) await meta.put(merged, key);
  await transaction.done;
  return merged;
}
