// The control log: a stream of everything that all nodes must come to know, read from where this node left off. Its ids
// are numbers without a gap. A node that finds a gap, or another entry where it left off, reads everything again.
import { randomUUID } from 'node:crypto';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { type Cluster, joinCluster } from './cluster.ts';
import { BLOCK_MS, type RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';
import type { Send } from './link.ts';
import { fieldsOf, type RawEntry } from './stream.ts';

/** One entry of the control log. */
export interface ControlEntry {
  readonly kind: string;
  readonly name: string;
  /** The version of the registry that the entry made; undefined if it is about something else. */
  readonly version: number | undefined;
  readonly value: string | undefined;
  /** Whether this node wrote it. */
  readonly own: boolean;
  /** Whether the record replaces another thing of the same name. */
  readonly replaces: boolean;
}

/** The control log as one node reads it. */
export interface ControlLog {
  /** Marks the entries of this node. */
  readonly origin: string;
  /** The version of the registry of the newest entry that was told. */
  version(): number;
  /** Calls the listener for each entry, in their order. It must not throw. */
  onEntry(listener: (entry: ControlEntry) => void): void;
  /** Calls the listener when entries were missed. It reads what they were about, and tells what has changed. */
  onMissed(listener: () => Promise<void>): void;
  /** Calls the listener when Redis has lost all data. It writes again what this node knows and what is not there. */
  onEmptied(listener: () => Promise<void>): void;
  /** Resolves when every entry that was written before this call has been told. */
  catchUp(): Promise<void>;
  /** Reads no more. A read that waits ends with its connection. */
  close(): void;
}

/** The most entries of one read. */
const PAGE = 500;
/** Wait in ms after a failed read. */
const PAUSE = 50;

const numberOf = ([id]: RawEntry) => Number.parseInt(id, 10);

/** Where a reader is: at the last entry that was told, if there is any. */
interface Place {
  readonly number: number;
  readonly entry: RawEntry | undefined;
}

const START: Place = { number: 0, entry: undefined };
/** Nothing follows it, so the next read finds a gap. */
const NOWHERE: Place = { number: -1, entry: undefined };
const placeOf = (entry: RawEntry): Place => ({ number: numberOf(entry), entry });

/** What the control log works with. */
export interface ControlLogPorts {
  readonly cluster: Cluster;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Starts to read the control log at its end. Records are read after this, so that no change is missed. */
export async function openControlLog(
  connection: RedisConnection,
  keys: Keys,
  { cluster, logger, clock }: ControlLogPorts,
): Promise<ControlLog> {
  const origin = randomUUID();
  const listeners: ((entry: ControlEntry) => void)[] = [];
  const rereaders: (() => Promise<void>)[] = [];
  const restorers: (() => Promise<void>)[] = [];
  let place = START;
  let version = 0;
  /** The cluster whose log this is. Redis without its data has another. */
  let joined = cluster.id;
  /** The one pass that reads everything again, if entries were missed. */
  let rereading: Promise<void> | undefined;
  let isClosed = false;

  /** Moves to the end of the log. The version is read after it, so that entries are told twice rather than never. */
  async function seekEnd(send: Send): Promise<void> {
    const [last] = (await send(['XREVRANGE', keys.control, '+', '-', 'COUNT', '1'])) as RawEntry[];
    const found = Number((await send(['GET', keys.version])) ?? 0);
    place = last === undefined ? START : placeOf(last);
    version = found;
  }

  function tell(raw: RawEntry): void {
    const { k: kind = '', n: name = '', r, v: value, o, x } = fieldsOf(raw);
    const entry = {
      kind,
      name,
      version: r === undefined ? undefined : Number(r),
      value,
      own: o === origin,
      replaces: x === '1',
    };
    if (entry.version !== undefined) version = Math.max(version, entry.version);
    for (const listener of listeners) listener(entry);
  }

  /** Tells entries that follow each other. Returns false at the first that does not follow. */
  function follow(entries: readonly RawEntry[]): boolean {
    for (const entry of entries) {
      const number = numberOf(entry);
      if (number <= place.number) continue;
      if (number !== place.number + 1) return false;
      place = placeOf(entry);
      tell(entry);
    }
    return true;
  }

  async function reread(send: Send): Promise<void> {
    // Every node does this before it reads, so none takes for removed what another has not written yet.
    const { id } = await joinCluster(connection, keys);
    if (id === joined) logger.warn({}, 'entries of the control log were missed; reading everything again');
    else {
      logger.error({}, 'Redis has lost its data: messages are gone; this node writes again what it knows');
      for (const restore of restorers) await restore();
      joined = id;
    }
    await seekEnd(send);
    for (const reader of rereaders) await reader();
  }

  /** Everything again, once for all who ask. A reread that fails is made by the next read, which finds a gap as well. */
  function recover(send: Send): Promise<void> {
    rereading ??= reread(send)
      .catch((error) => {
        place = NOWHERE;
        throw error;
      })
      .finally(() => {
        rereading = undefined;
      });
    return rereading;
  }

  /** Whether the log is the one that was read before. @param first the entry at that place */
  async function isStillThere(from: Place, first: RawEntry | undefined): Promise<boolean> {
    if (from === NOWHERE) return false;
    if (from !== START) return isDeepStrictEqual(first, from.entry);
    // Without an entry, only the record of the cluster tells whether Redis has lost its data.
    return (await joinCluster(connection, keys)).id === joined;
  }

  /** Reads to the end, and checks that the place is still the same entry. */
  async function readToEnd(send: Send): Promise<void> {
    for (;;) {
      await rereading;
      const from = place;
      const start = from.number > 0 ? `${from.number}-0` : '-';
      const page = (await send(['XRANGE', keys.control, start, '+', 'COUNT', String(PAGE + 1)])) as RawEntry[];
      const [first] = page;
      const isSame = await isStillThere(from, first);
      const isTrimmed = first !== undefined && from.number > 0 && numberOf(first) === from.number + 1;
      if (!(isSame || isTrimmed) || !follow(page)) await recover(send);
      else if (page.length <= PAGE) return;
    }
  }

  /** The read behind everything that this turn sends: many changes at once need one. */
  let turn: Promise<void> | undefined;
  function catchUp(): Promise<void> {
    turn ??= endOfTurn().then(() => {
      turn = undefined;
      return readToEnd(connection.send);
    });
    return turn;
  }

  async function readNews(): Promise<void> {
    const send = connection.sendBlocking;
    await readToEnd(send);
    while (!isClosed) {
      const id = `${Math.max(0, place.number)}-0`;
      const options = ['BLOCK', String(BLOCK_MS), 'COUNT', String(PAGE)];
      const news = (await send(['XREAD', ...options, 'STREAMS', keys.control, id])) as Record<
        string,
        RawEntry[]
      > | null;
      if (!follow(news?.[keys.control] ?? [])) await recover(connection.send);
    }
  }

  let wake = () => {};
  async function run(): Promise<void> {
    while (!isClosed) {
      try {
        await readNews();
      } catch (error) {
        if (isClosed) return;
        logger.debug({ err: error }, 'the control log cannot be read; trying again');
        await new Promise<void>((resolve) => {
          const timer = clock.setTimeout(resolve, PAUSE);
          wake = () => {
            clock.clearTimeout(timer);
            resolve();
          };
        });
      }
    }
  }

  await seekEnd(connection.send);
  void run();
  return {
    origin,
    version: () => version,
    onEntry: (listener) => void listeners.push(listener),
    onMissed: (listener) => void rereaders.push(listener),
    onEmptied: (listener) => void restorers.push(listener),
    catchUp,
    close() {
      isClosed = true;
      wake();
    },
  };
}
