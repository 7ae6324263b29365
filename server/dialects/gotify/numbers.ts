// The ids that Gotify's programs see: 1, 2, 3 …, because many of them hold an id in 32 bits, where no mid fits.
//
// Ids rise in the order of mids for every client. So no message gets one before all earlier messages of all clients have
// theirs: before a node gives an id, it reads what the clients got since the last one. The document `head` says up to which mid that
// is done, and the nodes change it in turn. It names the mids with the last ids. When there are many, they become a block of
// their own, so that one small document is written for all messages that come at once.
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
  /** The mids that have the last ids, in the order of these. */
  latest: readonly string[];
}>;

/** Mids with ids that follow each other. The id of the document is the first of them. */
type Block = Readonly<{ mids: readonly string[] }>;

const NONE: Head = { mid: '0', number: 0, latest: [] };
const HEAD = 'head';
/** Blocks by their last id. */
const BY_NUMBER = 'number';
/** Blocks by the mid up to which everything had an id. */
const BY_MID = 'mid';
/** How many mids the head has before they become a block. */
const BLOCK = 100;
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
  const blocks = documents.collection<Block>('gotify-id-blocks');
  /** The ids of messages that were asked for when later ones had theirs: they are in no order of mids. */
  const late = documents.collection<{ readonly number: number }>('gotify-late-ids');
  const known = new BoundedMap<string, number>(clock, CACHE);
  const mutex = createKeyedMutex();
  let asked = new Set<string>();
  let next: Promise<void> | undefined;

  const readHead = async () => (await heads.get(HEAD)) ?? { value: NONE, version: 0 };
  const expiry = () => clock.now() + historyTtl + DAY;
  /** The first id of the mids in the head. */
  const openFrom = ({ number, latest }: Head) => number - latest.length + 1;

  function note(mids: readonly string[], first: number): void {
    for (const [index, mid] of mids.entries()) known.set(mid, first + index);
  }

  /** The id of one message that is not in the head. */
  async function findOne(mid: string, head: Head): Promise<number | undefined> {
    if (Number(mid) > Number(head.mid)) return undefined;
    const [block] = (await blocks.list(BY_MID, { from: Number(mid), limit: 1 })).documents;
    const index = block?.value.mids.indexOf(mid) ?? -1;
    if (block === undefined || index < 0) return (await late.get(mid))?.value.number;
    note(block.value.mids, Number(block.id));
    return Number(block.id) + index;
  }

  async function find(mids: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const found = new Map<string, number>();
    let head: Head | undefined;
    for (const mid of mids) {
      let number = known.get(mid);
      if (number === undefined) {
        if (head === undefined) {
          head = (await readHead()).value;
          note(head.latest, openFrom(head));
        }
        number = known.get(mid) ?? (await findOne(mid, head));
      }
      if (number === undefined) continue;
      known.set(mid, number);
      found.set(mid, number);
    }
    return found;
  }

  async function midOf(id: number): Promise<string | undefined> {
    const { value: head } = await readHead();
    const open = openFrom(head);
    if (id >= open) return head.latest[id - open];
    const [block] = (await blocks.list(BY_NUMBER, { from: id, limit: 1 })).documents;
    return block?.value.mids[id - Number(block.id)];
  }

  /** The mids of the head become a block. Another node may know an earlier head, with fewer of the same, or a later one. */
  async function close({ mid, number, latest }: Head): Promise<void> {
    const id = String(number - latest.length + 1);
    const lists = { [BY_NUMBER]: number, [BY_MID]: Number(mid) };
    for (let isStored = false; !isStored; ) {
      const { value, version } = (await blocks.get(id)) ?? { value: { mids: [] }, version: 0 };
      if (value.mids.length >= latest.length) return;
      const result = await blocks.put(id, { mids: latest }, { lists, expiresAt: expiry(), seen: version });
      isStored = result !== 'conflict';
    }
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
    const { value: head, version } = await readHead();
    const last = await log.lastMid();
    const { mids, upTo } = await receivedAfter(head.mid, last);
    const isLast = upTo >= Number(last);
    const isLate = (mid: string) => Number(mid) <= Number(head.mid);
    const has = await find(wanted.filter(isLate));
    const others = wanted.filter((mid) => !has.has(mid) && (isLast || Number(mid) <= upTo));
    const fresh = [...new Set([...mids, ...others])].sort(ascending);
    if (fresh.length === 0 && isLast) return true;
    const number = head.number + fresh.length;
    if (number > MAX_ID) throw new RelayError('unavailable', 'there are no more ids for messages of Gotify');
    const isFull = head.latest.length > 0 && head.latest.length + fresh.length > BLOCK;
    if (isFull) await close(head);
    const latest = isFull ? fresh : [...head.latest, ...fresh];
    const changed: Head = { mid: String(Math.max(upTo, Number(head.mid))), number, latest };
    if ((await heads.put(HEAD, changed, { seen: version })) === 'conflict') return false;
    note(fresh, head.number + 1);
    const own = fresh.flatMap((mid, index) => (isLate(mid) ? [{ mid, number: head.number + 1 + index }] : []));
    await Promise.all(own.map(({ mid, number: id }) => late.put(mid, { number: id }, { expiresAt: expiry() })));
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
    midOf,
    async midBelow(id) {
      const { value: head } = await readHead();
      return midOf(Math.min(id - 1, head.number));
    },
  };
}
