// Counts how keys are used. The first use is stored at once, later ones of a key at most once a minute.
import type { KeyUseFields } from '../../shared/api.ts';
import type { Content } from '../../shared/content.ts';
import type { MappedFields } from '../../shared/templates.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { createListeners } from '../base/listeners.ts';
import type { Logger } from '../base/logger.ts';
import type { KeyUsage } from './key-record.ts';
import type { Keys } from './keys.ts';

/** One use of a key. */
export interface KeyUse {
  readonly address: string;
  readonly dialect: string;
  /** The title of the message. */
  readonly title: string;
  /** The template that the payload was read with. */
  readonly template?: string | undefined;
  /** What the message says. */
  readonly content?: Content | undefined;
  /**
   * `sent`, or why nothing was sent: `refused` for a target that is not the key's or a wrong signature, `limited` beyond its
   * rate, `ignored` for a payload that says nothing.
   */
  readonly result: 'sent' | 'refused' | 'limited' | 'ignored';
}

/** What a message says, as a page shows it. */
export function mappedFields({
  title,
  body,
  format,
  priority,
  tags,
  click,
  icon,
  image,
  key,
  state,
}: Content): MappedFields {
  return { title, body, markdown: format === 'markdown', priority, tags, click, icon, image, key, state };
}

/** Longest link that is kept, in characters. */
const MAX_LINK = 500;

/** What is kept of the message of a use. Open pages are told its text, but the text is not kept. */
export function keptFields({ priority, tags, click, key, state }: Content): KeyUseFields {
  return {
    ...(priority === undefined ? {} : { priority }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(click === undefined || click.length > MAX_LINK ? {} : { click }),
    ...(key === undefined ? {} : { key }),
    ...(state === undefined ? {} : { state }),
  };
}

/** Counts uses. */
export interface KeyUsages {
  note(name: string, use: KeyUse): void;
  /** Calls the listener for each use on this node. @param at ms since 1970 */
  onUse(listener: (name: string, use: KeyUse, at: number) => void): void;
  /** Stores what is not stored yet. Never rejects. */
  close(): Promise<void>;
}

/** What {@link createKeyUsages} needs. */
export interface KeyUsagesPorts {
  readonly keys: Pick<Keys, 'used' | 'get' | 'onChange'>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
}

const INTERVAL = 60_000;
/** Longest title that is kept, in characters. */
const MAX_TITLE = 100;
const MAX_ADDRESS = 64;

const NONE: KeyUsage = { at: 0, address: '', dialect: '', title: '', sent: 0, refused: 0, limited: 0 };

/** What is added to one usage by a later one. */
function sum(before: KeyUsage, more: KeyUsage): KeyUsage {
  const last = more.at >= before.at ? more : before;
  return {
    ...last,
    sent: before.sent + more.sent,
    refused: before.refused + more.refused,
    limited: before.limited + more.limited,
  };
}

/** Makes the counter of one node. */
export function createKeyUsages({ keys, clock, logger }: KeyUsagesPorts): KeyUsages {
  /** What is not stored yet, by key. */
  const waiting = new Map<string, KeyUsage>();
  /** Keys whose usage some node has stored within the interval, and since when. */
  const stored = new Map<string, { readonly at: number; readonly since: number }>();
  const writes = new Set<Promise<void>>();
  const uses = createListeners<[name: string, use: KeyUse, at: number]>((error) =>
    logger.warn({ err: error }, 'listener fault'),
  );
  let timer: Timer;

  keys.onChange((name, key) => {
    if (key === undefined) {
      waiting.delete(name);
      stored.delete(name);
    } else if (key.usage !== undefined && key.usage.at !== stored.get(name)?.at) {
      stored.set(name, { at: key.usage.at, since: clock.monotonic() });
    }
  });

  function isDue(name: string): boolean {
    const since = stored.get(name)?.since;
    return since === undefined || clock.monotonic() - since >= INTERVAL;
  }

  async function write(name: string, usage: KeyUsage): Promise<void> {
    stored.set(name, { at: usage.at, since: clock.monotonic() });
    try {
      await keys.used(name, (before) => sum(before ?? NONE, usage));
    } catch (error) {
      // It is stored with the next one.
      waiting.set(name, sum(usage, waiting.get(name) ?? NONE));
      logger.warn({ err: error, key: name }, 'the use of a key is not stored yet');
      watch();
    }
  }

  function flush(isDueNow: (name: string) => boolean): void {
    for (const [name, usage] of waiting) {
      if (!isDueNow(name)) continue;
      waiting.delete(name);
      const done: Promise<void> = write(name, usage).finally(() => writes.delete(done));
      writes.add(done);
    }
  }

  function watch(): void {
    if (timer !== undefined || waiting.size === 0) return;
    timer = clock.setTimeout(() => {
      timer = undefined;
      flush(isDue);
      watch();
    }, INTERVAL / 4);
  }

  return {
    onUse: uses.add,
    note(name, use) {
      const at = clock.now();
      uses.tell(name, use, at);
      const { address, dialect, title, result, template, content } = use;
      const one: KeyUsage = {
        ...NONE,
        at,
        address: address.slice(0, MAX_ADDRESS),
        dialect,
        title: title.slice(0, MAX_TITLE),
        ...(template === undefined ? {} : { template }),
        ...(content === undefined ? {} : { fields: keptFields(content) }),
        ...(result === 'ignored' ? {} : { [result]: 1 }),
      };
      waiting.set(name, sum(waiting.get(name) ?? NONE, one));
      if (isDue(name)) flush((other) => other === name);
      else watch();
    },
    async close() {
      clock.clearTimeout(timer);
      flush(() => true);
      await Promise.all(writes);
    },
  };
}
