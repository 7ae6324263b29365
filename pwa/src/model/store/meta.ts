// Settings, cursors, and what is known of the push subscription: small values by name, checked when they are read.

import { isObject } from '../../../../shared/object.ts';
import { isMid } from '../message/read-message.ts';
import type { Settings } from '../model.ts';
import type { AccountRecord, Cursors, Database } from './database.ts';

/** Settings of a page that nobody has changed. */
export const DEFAULT_SETTINGS: Settings = { theme: 'system', language: undefined, mutedUntil: 0 };

const NO_CURSORS: Cursors = { last: '0', oldest: '0', complete: false, reads: 0 };

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

/**
 * Changes some of an account's cursors, as they are at that moment, whoever else changes others. Does nothing when the
 * account has gone or was paired anew meanwhile: what was fetched says nothing about its history then.
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

/** Whether the person wants push here: it is set up again at every start until they switch it off. */
export async function wantsPush(database: Database): Promise<boolean> {
  return (await database.get('meta', 'push')) === true;
}

/** Notes what the person wants. */
export async function setWantsPush(database: Database, wanted: boolean): Promise<void> {
  await database.put('meta', wanted, 'push');
}
