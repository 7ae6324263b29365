// Settings, cursors, and what is known of the push subscription: small values by name, checked when they are read.
import { isMid, isObject } from '../message/read-message.ts';
import type { Settings } from '../model.ts';
import type { Cursors, Database } from './database.ts';

/** Settings of a page that nobody has changed. */
export const DEFAULT_SETTINGS: Settings = { theme: 'system', language: undefined, mutedUntil: 0 };

/** The settings in this value; what is missing or wrong is as nobody has changed it. */
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

/** Stores them. */
export async function writeSettings(database: Database, settings: Settings): Promise<void> {
  await database.put('meta', settings, 'settings');
}

/** How far an account is known; undefined before its first fetch. */
export async function readCursors(database: Database, accountId: string): Promise<Cursors | undefined> {
  const value = await database.get('meta', `cursors:${accountId}`);
  if (!isObject(value)) return undefined;
  const { last, oldest, complete, reads } = value;
  const mid = (text: unknown) => (isMid(text) ? text : '0');
  return { last: mid(last), oldest: mid(oldest), complete: complete === true, reads: Number(reads) || 0 };
}

/** Changes some of an account's cursors, as they are at that moment, whoever else changes others. */
export async function moveCursors(
  database: Database,
  accountId: string,
  change: (cursors: Cursors) => Partial<Cursors>,
): Promise<Cursors> {
  const transaction = database.transaction('meta', 'readwrite');
  const found = (await transaction.store.get(`cursors:${accountId}`)) as Cursors | undefined;
  const current: Cursors = found ?? { last: '0', oldest: '0', complete: false, reads: 0 };
  const moved: Cursors = { ...current, ...change(current) };
  await transaction.store.put(moved, `cursors:${accountId}`);
  await transaction.done;
  return moved;
}

/** Whether the person wants push here: it is set up again at every start until they switch it off. */
export async function wantsPush(database: Database): Promise<boolean> {
  return (await database.get('meta', 'push')) === true;
}

/** Notes what the person wants. */
export async function setWantsPush(database: Database, wanted: boolean): Promise<void> {
  await database.put('meta', wanted, 'push');
}
