// Small stored values: settings, cursors, and whether push is switched on. Every read checks them.

import { isObject } from '../../../../shared/object.ts';
import { isMid } from '../message/read-message.ts';
import type { Settings } from '../model.ts';
import type { AccountRecord, Cursors, Database } from './database.ts';

/** The default settings. */
export const DEFAULT_SETTINGS: Settings = { theme: 'system', language: undefined, mutedUntil: 0 };

const NO_CURSORS: Cursors = { last: '0', oldest: '0', complete: false, reads: 0 };

/** Reads settings from a value. Defaults replace what is missing or wrong. */
export function checkSettings(value: unknown): Settings {
  const { theme, language, mutedUntil }: Record<string, unknown> = isObject(value) ? value : {};
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: language === 'en' || language === 'zh' ? language : undefined,
    mutedUntil: typeof mutedUntil === 'number' && Number.isFinite(mutedUntil) ? mutedUntil : 0,
  };
}

/** The stored settings. */
export async function readSettings(database: Database): Promise<Settings> {
  return checkSettings(await database.get('meta', 'settings'));
}

/** Stores the settings. */
export async function writeSettings(database: Database, settings: Settings): Promise<void> {
  await database.put('meta', settings, 'settings');
}

/** How far an account was fetched; undefined before its first fetch. */
export async function readCursors(database: Database, accountId: string): Promise<Cursors | undefined> {
  const value = await database.get('meta', `cursors:${accountId}`);
  if (!isObject(value)) return undefined;
  const { last, oldest, complete, reads } = value;
  const mid = (text: unknown) => (isMid(text) ? text : '0');
  return { last: mid(last), oldest: mid(oldest), complete: complete === true, reads: Number(reads) || 0 };
}

/**
 * Changes some of an account's cursors in a transaction. Does nothing if the account was removed or paired again in the
 * meantime, because then the cursors belong to another history.
 */
export async function moveCursors(
  database: Database,
  account: Pick<AccountRecord, 'id' | 'addedAt'>,
  change: (cursors: Cursors) => Partial<Cursors>,
): Promise<void> {
  const key = `cursors:${account.id}`;
  const transaction = database.transaction(['meta', 'accounts'], 'readwrite');
  const present = await transaction.objectStore('accounts').get(account.id);
  if (present?.addedAt === account.addedAt) {
    const meta = transaction.objectStore('meta');
    const current = ((await meta.get(key)) as Cursors | undefined) ?? NO_CURSORS;
    await meta.put({ ...current, ...change(current) }, key);
  }
  await transaction.done;
}

/** Whether a person switched push on. Each start then sets it up again, until a person switches it off. */
export async function wantsPush(database: Database): Promise<boolean> {
  return (await database.get('meta', 'push')) === true;
}

/** Stores whether push is switched on. */
export async function setWantsPush(database: Database, wanted: boolean): Promise<void> {
  await database.put('meta', wanted, 'push');
}
