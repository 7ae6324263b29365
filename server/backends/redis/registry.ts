// Devices, apps and keys: records that every node knows and any node may change. The control log tells the changes in their
// order, and a script refuses a change that builds on a record that has changed since.
import { RelayError } from '../../base/errors.ts';
import { createListeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { Change, Stored, VersionedStore } from '../../base/versioned-store.ts';
import type { RedisConnection } from './connection.ts';
import type { ControlEntry, ControlLog } from './control-log.ts';
import { scan } from './scan.ts';
import { scripts } from './scripts.ts';

/** What the stores of the registry work with. */
export interface RegistryPorts {
  readonly connection: RedisConnection;
  readonly control: ControlLog;
  readonly logger: Logger;
  /** Key of the version of the registry, and of the control log. */
  readonly keys: { readonly version: string; readonly control: string };
}

/** One kind of records. */
export interface RecordKind<R> {
  /** Kinds of the entries that tell a put and a removal. */
  readonly put: string;
  readonly gone: string;
  /** Key of the hash of the records. */
  readonly records: string;
  /** Key of the names that were removed lately. */
  readonly removed: string;
  /** The most records, and what is said of one more. */
  readonly most?: { readonly records: number; readonly text: string };
  nameOf(record: R): string;
  /** The keys of what goes with a record when it is removed; see scripts/drop.lua. */
  ownedBy?(name: string): readonly string[];
}

/** A record as Redis has it, with the versions of its last change, its first put and its last replacement. */
interface Stamped<R> {
  readonly version: number;
  readonly first: number;
  readonly replaced: number;
  readonly record: R;
}

/** @throws SyntaxError if the text is damaged */
export function parseRecord<R>(text: string): Stamped<R> {
  const [, version, first, replaced, json] = /^(\d+) (\d+) (\d+) (.*)$/s.exec(text) ?? [];
  if (json === undefined) throw new SyntaxError('a record without its versions');
  return { version: Number(version), first: Number(first), replaced: Number(replaced), record: JSON.parse(json) };
}

/** What `drop` answers if there are messages. */
const BUSY = -2;

/** Makes the store of one kind. */
export function createRecordStore<R>(ports: RegistryPorts, kind: RecordKind<R>): VersionedStore<R> {
  const { connection, control, logger, keys } = ports;
  const all = [keys.version, kind.records, kind.removed, keys.control];
  const changes = createListeners<[Change<R>]>((error) => logger.error({ err: error }, 'listener fault'));
  /** The records that were loaded or told. Other holders have the same objects. */
  const known = new Map<string, Stamped<R>>();

  function parse(name: string, text: string): Stamped<R> | undefined {
    try {
      return parseRecord<R>(text);
    } catch (error) {
      logger.error({ err: error, name, key: kind.records }, 'a record in Redis is damaged; it is left out');
      return undefined;
    }
  }

  function told(name: string, stamped: Stamped<R> | undefined, own: boolean, replaces: boolean): void {
    if (stamped === undefined) known.delete(name);
    else known.set(name, stamped);
    changes.tell({ name, record: stamped?.record, own, replaces });
  }

  /** For each read of all records that is under way: the latest entry of each name since it began. */
  const reads = new Set<Map<string, ControlEntry>>();

  control.onEntry((entry: ControlEntry) => {
    const { kind: entryKind, name, version = 0, value = '', own, replaces } = entry;
    if (entryKind === kind.put || entryKind === kind.gone) for (const read of reads) read.set(name, entry);
    const before = known.get(name)?.version;
    // What was loaded is often newer than the entries that follow.
    if (before !== undefined && before >= version) return;
    if (entryKind === kind.gone && before !== undefined) told(name, undefined, own, false);
    if (entryKind !== kind.put) return;
    const stamped = parse(name, value);
    if (stamped !== undefined) told(name, stamped, own, replaces);
  });

  /**
   * All records in the order of their first puts. They are read in pages, so a page may be older than an entry that came
   * meanwhile: then the entry counts.
   */
  async function readAll(): Promise<Map<string, Stamped<R>>> {
    const news = new Map<string, ControlEntry>();
    reads.add(news);
    const found = new Map<string, Stamped<R>>();
    try {
      for (const [name, text] of await scan(connection.send, 'HSCAN', kind.records)) {
        const stamped = parse(name, text);
        if (stamped !== undefined) found.set(name, stamped);
      }
    } finally {
      reads.delete(news);
    }
    for (const [name, { kind: entryKind, version = 0, value = '' }] of news) {
      if ((found.get(name)?.version ?? 0) >= version) continue;
      const stamped = entryKind === kind.put ? parse(name, value) : undefined;
      if (stamped === undefined) found.delete(name);
      else found.set(name, stamped);
    }
    return new Map([...found].sort(([, one], [, other]) => one.first - other.first));
  }

  control.onMissed(async () => {
    const records = await readAll();
    for (const name of [...known.keys()]) if (!records.has(name)) told(name, undefined, false, false);
    for (const [name, stamped] of records) {
      const before = known.get(name)?.version;
      if (before === stamped.version) continue;
      const isAgain = before !== undefined && stamped.first > before;
      if (isAgain) told(name, undefined, false, false);
      told(name, stamped, false, before !== undefined && !isAgain && stamped.replaced > before);
    }
  });

  control.onEmptied(async () => {
    const records = [...known].sort(([, one], [, other]) => one.first - other.first);
    for (const [name, stamped] of records) {
      // What another node has written meanwhile stays. No new version is above this one, so nothing counts as replaced.
      known.set(name, { ...stamped, version: Number.MAX_SAFE_INTEGER });
      const args = [kind.put, name, JSON.stringify(stamped.record), '0', control.origin, '', ''];
      await connection.runScript(scripts.put, all, args);
    }
  });

  /** Runs a script of the registry, and resolves when its change has been told. */
  async function change(run: Promise<unknown>): Promise<Stored | 'busy'> {
    // It leaves in the same packet, behind the script, so that a change costs one round trip.
    const caughtUp = control.catchUp();
    caughtUp.catch(() => {});
    const version = Number(await run);
    await caughtUp;
    // A script that Redis did not know was sent once more, behind the read.
    if (version === 0 || version > control.version()) await control.catchUp();
    if (version === BUSY) return 'busy';
    return version === 0 ? 'conflict' : 'stored';
  }

  /** @throws RelayError `too_many` if there are as many records as there may be */
  function refuseMore(answer: unknown): unknown {
    if (answer === -1 && kind.most !== undefined) throw new RelayError('too_many', kind.most.text);
    return answer;
  }

  const seenText = (seen: number | undefined) => (seen === undefined ? '' : String(seen));

  return {
    async load() {
      await control.catchUp();
      const records = await readAll();
      for (const [name, stamped] of records) known.set(name, stamped);
      return [...records.values()].map(({ record }) => record);
    },
    async put(record, seen, replaces = false) {
      const text = JSON.stringify(record);
      const args = [kind.put, kind.nameOf(record), text, seenText(seen), control.origin, replaces ? '1' : ''];
      const put = connection.runScript(scripts.put, all, [...args, kind.most?.records ?? '']).then(refuseMore);
      return (await change(put)) === 'stored' ? 'stored' : 'conflict';
    },
    remove(name, seen, isIdle = false) {
      const args = [kind.gone, name, seenText(seen), control.origin, isIdle ? '1' : ''];
      return change(connection.runScript(scripts.drop, [...all, ...(kind.ownedBy?.(name) ?? [])], args));
    },
    version: control.version,
    catchUp: control.catchUp,
    onChange: changes.add,
  };
}
