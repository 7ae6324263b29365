// The ids that Gotify's programs see: 1, 2, 3 …, because many of them hold an id in 32 bits, where no mid fits.
//
// Ids rise in the order of mids for every client. So no message gets one before all earlier messages of all clients have
// theirs: whoever needs an id first reads what the clients got since the last one. The document `head` says up to which mid that
// is done, and the nodes change it in turn. It names the mids of the last step, so that any node can complete one that was
// interrupted.
import type { Keys } from '../../access/keys.ts';
import { BoundedMap } from '../../base/bounded-map.ts';
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { createKeyedMutex } from '../../base/keyed-mutex.ts';
import type { MessageLog } from '../../delivery/ports.ts';
import type { Documents } from '../../messages/documents.ts';

/** Gives ids to messages. */
export interface Numbers {
  /**
   * Gives an id to these messages, and to everything that the clients got up to now. Resolves when that is durable.
   * @throws RelayError `unavailable` (rejects) if it could not be stored
   */
  give(mids: readonly string[]): Promise<void>;
  /** The ids of those of these messages that have one. */
  of(mids: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** The mid of an id. */
  midOf(id: number): Promise<string | undefined>;
  /** The mid of the greatest id below this one. */
  midBelow(id: number): Promise<string | undefined>;
}

/** What the ids need. */
export interface NumbersPorts {
  readonly documents: Documents;
  readonly log: Pick<MessageLog, 'lastMid' | 'history'>;
  readonly senderKeys: Pick<Keys, 'catchUp'>;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/** Up to where messages have ids. */
type Head = Readonly<{
  mid: string;
  /** The greatest id. */
  number: number;
  /** The mids that got the last ids, ascending. */
  latest: readonly string[];
}>;

const NONE: Head = { mid: '0', number: 0, latest: [] };
const HEAD = 'head';
const ALL = 'all';
/** How many messages get their ids in one step. */
const STEP = 500;
const MAX_BYTES = 4 * 2 ** 20;
/** The greatest id that every program can hold. */
const MAX_ID = 2 ** 31 - 1;
const DAY = 86_400_000;
const CACHE = { maxEntries: 10_000 };

const ascending = (one: string, other: string) => Number(one) - Number(other);

/**
 * Makes the ids of one relay.
 * @param clients the names of the devices that are clients
 * @param historyTtl how long messages are kept, in ms
 */
export function createNumbers(
  { documents, log, senderKeys, clock }: NumbersPorts,
  clients: () => readonly string[],
  historyTtl: number,
): Numbers {
  const heads = documents.collection<Head>('gotify-head');
  const numbers = documents.collection<{ readonly number: number }>('gotify-ids');
  const known = new BoundedMap<string, number>(clock, CACHE);
  const mutex = createKeyedMutex();
  /** The version of the head whose latest ids are all stored. */
  let completed = 0;
  let asked = new Set<string>();
  let next: Promise<void> | undefined;

  async function find(mids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = await Promise.all(
      mids.map(async (mid) => {
        const number = known.get(mid) ?? (await numbers.get(mid))?.value.number;
        if (number !== undefined) known.set(mid, number);
        return [mid, number] as const;
      }),
    );
    return new Map(found.flatMap(([mid, number]) => (number === undefined ? [] : [[mid, number] as const])));
  }

  async function complete({ number, latest }: Head, version: number): Promise<void> {
    const expiresAt = clock.now() + historyTtl + DAY;
    const stored = latest.map((mid, index) => {
      const own = number - latest.length + 1 + index;
      return numbers.put(mid, { number: own }, { lists: { [ALL]: own }, expiresAt });
    });
    await Promise.all(stored);
    completed = version;
  }

  /** What the clients got after a mid, ascending, and up to which mid that is all. */
  async function receivedAfter(mid: string, last: string): Promise<{ mids: string[]; upTo: number }> {
    let upTo = Number(last);
    const mids = new Set<string>();
    const bounds = { limit: STEP, maxBytes: MAX_BYTES, atLeastOne: true };
    for (const page of await Promise.all(clients().map((name) => log.history(name, mid, bounds)))) {
      if (page.more) upTo = Math.min(upTo, Number(page.last));
      for (const entry of page.entries) mids.add(entry.mid);
    }
    const sorted = [...mids].filter((one) => Number(one) <= upTo).sort(ascending);
    const step = sorted.slice(0, STEP);
    return { mids: step, upTo: step.length < sorted.length ? Number(step.at(-1)) : upTo };
  }

  /** One step. Resolves to whether everything up to now has its id. */
  async function step(wanted: readonly string[]): Promise<boolean> {
    const stored = await heads.get(HEAD);
    const { value: head, version } = stored ?? { value: NONE, version: 0 };
    if (version !== completed) await complete(head, version);
    const last = await log.lastMid();
    const { mids, upTo } = await receivedAfter(head.mid, last);
    const isLast = upTo >= Number(last);
    const others = wanted.filter((mid) => isLast || Number(mid) <= upTo);
    const has = await find(others);
    const latest = [...new Set([...mids, ...others.filter((mid) => !has.has(mid))])].sort(ascending);
    if (latest.length === 0 && isLast) return true;
    const number = head.number + latest.length;
    if (number > MAX_ID) throw new RelayError('unavailable', 'there are no more ids for messages of Gotify');
    const changed: Head = { mid: String(Math.max(upTo, Number(head.mid))), number, latest };
    const result = await heads.put(HEAD, changed, { seen: version });
    if (result === 'conflict') return false;
    await complete(changed, result);
    return isLast;
  }

  async function giveAll(): Promise<void> {
    const wanted = [...asked];
    asked = new Set();
    next = undefined;
    // Another node may have just made a client.
    await senderKeys.catchUp();
    while (!(await step(wanted)));
  }

  return {
    give(mids) {
      for (const mid of mids) asked.add(mid);
      // Those who ask while a step is running share the next one.
      next ??= mutex.run('', () => Promise.resolve().then(giveAll));
      return next;
    },
    of: find,
    async midOf(id) {
      const { documents: found } = await numbers.list(ALL, { from: id, upTo: id, limit: 1 });
      return found[0]?.id;
    },
    async midBelow(id) {
      const { documents: found } = await numbers.list(ALL, { upTo: id - 1, limit: 1, descending: true });
      return found[0]?.id;
    },
  };
}
