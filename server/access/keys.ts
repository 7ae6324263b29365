// The keys of a relay: those of the config, and those that its owner makes while it runs. One text is found by its digest,
// however many keys there are.
import { isDeepStrictEqual } from 'node:util';
import type { KeySettings } from '../../shared/api.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { RelayError } from '../base/errors.ts';
import { createKeyedMutex } from '../base/keyed-mutex.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger } from '../base/logger.ts';
import { retryConflicts } from '../base/versioned-store.ts';
import {
  digestOf,
  type KeyRecord,
  type KeyStore,
  type KeyText,
  type KeyUsage,
  matcherOf,
  newKeyText,
  readingsOf,
} from './key-record.ts';

/** A key as it is now. */
export interface Key {
  readonly name: string;
  readonly number: number;
  readonly createdAt: number;
  readonly settings: KeySettings;
  /** The newest first. */
  readonly texts: readonly KeyText[];
  readonly usage: KeyUsage | undefined;
  /** Whether it is in the config, and can only be changed there. */
  readonly isConfigured: boolean;
  /** The number of the key with which it was made, if no owner has made it. */
  readonly madeWith: number | undefined;
  /** Identifies its rate. The same object as long as the rate stays the same. A key shares it with those that are made with it. */
  readonly limit: { readonly id: string };
  /** Whether a name is among `send`; undefined if it has none, so that the default target counts. */
  readonly sends: ((name: string) => boolean) | undefined;
  readonly receives: (name: string) => boolean;
}

/** A key of the config. */
export interface ConfiguredKey extends KeySettings {
  readonly name: string;
  readonly key: string;
}

/** A key of which a caller showed a text. */
export interface ShownKey {
  readonly key: Key;
  /**
   * Checks that the text still counts.
   * @throws RelayError `revoked`
   */
  check(): void;
}

/** A key that was just made, or got a new text. The text is shown only here. */
export interface MadeKey {
  readonly key: Key;
  readonly text: string;
}

/** The keys of a relay. Changes resolve when they are durable, and take effect at once on every node. */
export interface Keys {
  /** The key of a text that may be used now. */
  find(shown: string): ShownKey | undefined;
  get(name: string): Key | undefined;
  /** In the order in which they were made, those of the config first. */
  list(): Key[];
  /**
   * @param by the key of the caller, if no owner makes it. The new key ends with that one, and both have one rate
   * @throws RelayError `invalid` if the name is taken, `too_many` if too many were made with one key
   */
  create(name: string, settings: KeySettings, form?: 'tk_', by?: Key): Promise<MadeKey>;
  /**
   * Changes settings; undefined takes one away.
   * @throws RelayError `not_found`, or `forbidden` for a key of the config
   */
  change(name: string, edit: (settings: KeySettings) => KeySettings): Promise<Key>;
  /** Gives the key a new text. Older ones stay good for at most `keep` ms. @throws RelayError as `change` */
  rotate(name: string, keep: number): Promise<MadeKey>;
  /** @throws RelayError as `change` */
  remove(name: string): Promise<void>;
  /** Stores how a key was used. Resolves to false if there is no such key. */
  used(name: string, edit: (usage: KeyUsage | undefined) => KeyUsage): Promise<boolean>;
  /**
   * Calls the listener when a key or one of its texts ends, or its rights change: what was opened with it has to be opened
   * again.
   */
  onEnded(listener: (name: string) => void): void;
  /** Calls the listener when what is kept of a key changes; undefined after its removal. */
  onChange(listener: (name: string, key: Key | undefined) => void): void;
  /** Resolves when every change that any node made before this call is known here. */
  catchUp(): Promise<void>;
  close(): void;
}

/** What {@link createKeys} needs. */
export interface KeysPorts {
  readonly store: KeyStore;
  readonly configured: readonly ConfiguredKey[];
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

/** The record that has the last number. */
const LAST = '';
/** The number of the relay itself. */
const RELAY = 1;
/** The most keys that are made with one. */
const MAX_MADE = 20;
/** The most texts of one key that are good at once. */
const MAX_TEXTS = 5;
/** The longest delay of a timer in ms. */
const MAX_WAIT = 2 ** 31 - 1;

/** Loads the keys of earlier runs. Those of the config take precedence. */
export async function createKeys({ store, configured, clock, logger }: KeysPorts): Promise<Keys> {
  const records = new Map<string, KeyRecord>();
  const current = new Map<string, Key>();
  const byText = new Map<string, Key>();
  const byNumber = new Map<number, Key>();
  const inConfig = new Map(configured.map((one) => [one.name, one]));
  const fault = (error: unknown) => logger.error({ err: error }, 'listener fault');
  const ended = createListeners<[name: string]>(fault);
  /** One change per name at a time on this node; the store sees to those of other nodes. */
  const mutex = createKeyedMutex();
  const changes = createListeners<[name: string, key: Key | undefined]>(fault);
  let timer: Timer;
  /** When ends are told next, in ms since 1970. */
  let nextWake = Number.POSITIVE_INFINITY;
  /** Up to when ends of keys were told, in ms since 1970. */
  let toldUpTo = clock.now();

  function isLive({ settings, madeWith }: Key): boolean {
    const { enabled = true, expires = Number.POSITIVE_INFINITY } = settings;
    if (!enabled || expires <= clock.now()) return false;
    if (madeWith === undefined) return true;
    const first = byNumber.get(madeWith);
    return first !== undefined && isLive(first);
  }

  function hasText({ texts }: Key, sha256: string): boolean {
    return texts.some((text) => text.sha256 === sha256 && (text.until ?? Number.POSITIVE_INFINITY) > clock.now());
  }

  function keyOf({ name, number, createdAt, texts, settings = {}, usage, madeWith }: KeyRecord): Key {
    const configuredKey = inConfig.get(name);
    const own = configuredKey === undefined ? settings : settingsOf(configuredKey);
    const before = current.get(name);
    const first = madeWith === undefined ? undefined : byNumber.get(madeWith);
    const same = [first, before].find((one) => one !== undefined && isDeepStrictEqual(one.settings.rate, own.rate));
    return {
      name,
      number,
      createdAt,
      madeWith,
      settings: own,
      texts: configuredKey === undefined ? texts : [{ sha256: digestOf(configuredKey.key) }],
      usage,
      isConfigured: configuredKey !== undefined,
      limit: same?.limit ?? { id: `key:${number}` },
      sends: own.send === undefined ? undefined : matcherOf(own.send),
      receives: matcherOf(own.receive ?? []),
    };
  }

  /** Takes over a record as it is stored now. */
  function follow(name: string, record: KeyRecord | undefined): void {
    if (record === undefined) records.delete(name);
    else records.set(name, record);
    if (name === LAST) return;
    const before = current.get(name);
    // The mark of a key that is no longer in the config only keeps its number.
    const isKey = record !== undefined && (record.settings !== undefined || inConfig.has(name));
    const after = isKey ? keyOf(record) : undefined;
    for (const { sha256 } of before?.texts ?? []) if (byText.get(sha256) === before) byText.delete(sha256);
    if (before !== undefined) byNumber.delete(before.number);
    if (after === undefined) current.delete(name);
    else {
      current.set(name, after);
      byNumber.set(after.number, after);
    }
    for (const { sha256 } of after?.texts ?? []) {
      if (byText.get(sha256)?.isConfigured !== true) byText.set(sha256, after as Key);
    }
    const now = clock.now();
    for (const end of after === undefined ? [] : endsOf(after)) if (end > now) wakeAt(end);
    changes.tell(name, after);
    if (before === undefined) return;
    if (after === undefined || isLess(before, after)) ended.tell(name);
    if (after === undefined || !isLive(after)) tellMadeWith([before.number]);
  }

  /** Tells of the keys that have ended because they were made with one of these. */
  function tellMadeWith(numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    const first = new Set(numbers);
    for (const key of [...current.values()]) {
      if (key.madeWith !== undefined && first.has(key.madeWith) && !isLive(key)) ended.tell(key.name);
    }
  }

  /** Whether someone who uses the key may have lost something. */
  function isLess(before: Key, after: Key): boolean {
    const isGone = before.number !== after.number || (isLive(before) && !isLive(after));
    const lostText = before.texts.some(({ sha256 }) => !after.texts.some((text) => text.sha256 === sha256));
    return isGone || lostText || !isDeepStrictEqual(rightsOf(before.settings), rightsOf(after.settings));
  }

  /** When the key and its texts end, in ms since 1970. */
  function endsOf({ settings: { expires }, texts }: Key): number[] {
    return [expires, ...texts.map(({ until }) => until)].filter((end) => end !== undefined);
  }

  /** Makes sure that ends are told by this time. */
  function wakeAt(end: number): void {
    if (end >= nextWake) return;
    nextWake = end;
    clock.clearTimeout(timer);
    timer = clock.setTimeout(tellEnds, Math.min(end - clock.now(), MAX_WAIT));
  }

  /** Tells of the keys and texts that have ended since the last call. Looks at all keys, so it is not for each change. */
  function tellEnds(): void {
    nextWake = Number.POSITIVE_INFINITY;
    const now = clock.now();
    let next = Number.POSITIVE_INFINITY;
    const over: string[] = [];
    for (const key of current.values()) {
      const ends = endsOf(key);
      if (ends.some((end) => end > toldUpTo && end <= now)) over.push(key.name);
      for (const end of ends) if (end > now) next = Math.min(next, end);
    }
    toldUpTo = Math.max(now, toldUpTo);
    wakeAt(next);
    for (const name of over) ended.tell(name);
    tellMadeWith(over.flatMap((name) => current.get(name)?.number ?? []));
  }

  function change<T>(name: string, attempt: () => Promise<T | undefined>): Promise<T> {
    return mutex.run(name, () => retryConflicts(attempt));
  }

  /** Gives out a number that no key ever had. */
  function nextNumber(): Promise<number> {
    return change(LAST, async () => {
      const given = [...records.values()].map(({ number }) => number);
      const number = given.reduce((most, one) => Math.max(most, one), RELAY) + 1;
      const last = { name: LAST, number, createdAt: 0, texts: [] };
      return (await store.put(last, store.version())) === 'stored' ? number : undefined;
    });
  }

  function required(name: string): Key {
    const key = current.get(name);
    if (key === undefined) throw new RelayError('not_found', `there is no key ${name}`);
    return key;
  }

  /** Changes the record of a key that is not in the config. */
  async function edit(name: string, how: (record: KeyRecord) => KeyRecord): Promise<Key> {
    await change(name, async () => {
      if (required(name).isConfigured) throw new RelayError('forbidden', `the key ${name} is set in the config`);
      const record = records.get(name);
      if (record === undefined) throw new RelayError('not_found', `there is no key ${name}`);
      return (await store.put(how(record), store.version())) === 'stored' ? true : undefined;
    });
    return required(name);
  }

  /** A key without targets of its own sends to its default target, if it has one. */
  function formOf({ device, group, send }: KeySettings): 'A' | 'C' {
    const sends = send === undefined ? (device ?? group) !== undefined : send.length > 0;
    return sends ? 'A' : 'C';
  }

  async function take(name: string): Promise<void> {
    await change(name, async () => {
      if (required(name).isConfigured) throw new RelayError('forbidden', `the key ${name} is set in the config`);
      return (await store.remove(name, store.version())) === 'stored' ? true : undefined;
    });
  }

  store.onChange(({ name, record }) => follow(name, record));
  // A key shares its rate with those made with it, which have higher numbers.
  for (const record of [...(await store.load())].sort((one, other) => one.number - other.number)) {
    follow(record.name, record);
  }
  for (const { name } of configured) {
    const record = records.get(name);
    if (record?.settings !== undefined) {
      logger.warn({ key: name }, `the key ${name} of the config replaces the one that "herald keys" made`);
    } else if (record === undefined) {
      const number = await nextNumber();
      const mark = { name, number, createdAt: clock.now(), texts: [] };
      // Another node with the same config may be faster: then its number counts.
      await store.put(mark, store.version());
    }
  }

  return {
    find(shown) {
      for (const text of readingsOf(shown)) {
        const sha256 = digestOf(text);
        const key = byText.get(sha256);
        if (key === undefined || !isLive(key) || !hasText(key, sha256)) continue;
        return {
          key,
          check() {
            const now = current.get(key.name);
            if (now === undefined || now.number !== key.number || !isLive(now) || !hasText(now, sha256)) {
              throw new RelayError('revoked', 'this key has ended');
            }
          },
        };
      }
      return undefined;
    },
    get: (name) => current.get(name),
    list: () => [...current.values()].sort((one, other) => Number(other.isConfigured) - Number(one.isConfigured)),
    async create(name, settings, form, by) {
      const madeWith = by?.madeWith ?? by?.number;
      const others = [...current.values()].filter((one) => madeWith !== undefined && one.madeWith === madeWith);
      if (others.length >= MAX_MADE) {
        throw new RelayError('too_many', `${MAX_MADE} keys were made with this one: end some of them first`);
      }
      const number = await nextNumber();
      const text = newKeyText(form ?? formOf(settings));
      const made = { name, number, createdAt: clock.now(), texts: [{ sha256: digestOf(text) }], settings };
      const record = madeWith === undefined ? made : { ...made, madeWith };
      await change(name, async () => {
        if (current.has(name)) throw new RelayError('invalid', `there is a key ${name} already`);
        return (await store.put(record, store.version())) === 'stored' ? true : undefined;
      });
      return { key: required(name), text };
    },
    change: (name, how) => edit(name, (record) => ({ ...record, settings: how(record.settings ?? {}) })),
    async rotate(name, keep) {
      const text = newKeyText(formOf(required(name).settings));
      const key = await edit(name, (record) => {
        const until = clock.now() + keep;
        const older = record.texts
          .map(({ sha256, until: end = until }) => ({ sha256, until: Math.min(end, until) }))
          .filter((one) => one.until > clock.now());
        return { ...record, texts: [{ sha256: digestOf(text) }, ...older].slice(0, MAX_TEXTS) };
      });
      return { key, text };
    },
    async remove(name) {
      const { number } = required(name);
      await take(name);
      // They have ended already; this takes them out of the list.
      for (const other of [...current.values()]) if (other.madeWith === number) await take(other.name);
    },
    async used(name, how) {
      return change(name, async () => {
        const record = records.get(name);
        if (record === undefined) return false;
        const changed = { ...record, usage: how(record.usage) };
        return (await store.put(changed, store.version())) === 'stored' ? true : undefined;
      });
    },
    onEnded: ended.add,
    onChange: changes.add,
    catchUp: store.catchUp,
    close: () => clock.clearTimeout(timer),
  };
}

function settingsOf({ name: _name, key: _key, ...settings }: ConfiguredKey): KeySettings {
  return settings;
}

/** What decides the rights of a key. */
function rightsOf({ device, group, send, receive, manage = false }: KeySettings): unknown {
  return { device, group, send, receive, manage };
}
