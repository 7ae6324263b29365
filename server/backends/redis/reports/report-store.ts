// The reports that wait for the addresses of hooks. Each address has a stream, and the owner of its shard sends what is in it.
import type { NewReport, ReportStore, StoredReport, WholeReport } from '../../../app-webhooks/report-store.ts';
import { SHARDS } from '../../../nodes.ts';
import { shardOf } from '../keys.ts';
import { NOTICE } from '../notices.ts';
import { scripts } from '../scripts.ts';
import { readStream, type StreamEntry } from '../stream.ts';
import { persist, type RedisReportsPorts } from './ports.ts';

/** The most reports of one read: their bodies come with them. */
const PAGE = 20;

const ALL = Array.from({ length: SHARDS }, (_, shard) => shard);

/** A report as it is stored, and the number of the one whose place it takes. */
interface Entry extends WholeReport {
  readonly place: number | undefined;
}

/** What a stream keeps of a report beside its body. */
export const factsOf = ({ app, hook, request, channels }: Omit<NewReport, 'body'>): string =>
  JSON.stringify({ app, hook, request, channels });

/** Makes the store. @param isClosed whether the backend is closed, so that nothing is tried again */
export function createReportStore(ports: RedisReportsPorts, isClosed: () => boolean): ReportStore {
  const { connection, keys, notices, shards, clock, logger } = ports;
  const { send } = connection;

  const keysOf = (address: string) => [keys.hookLog(address), keys.hookShard(shardOf(address)), keys.hookBytes];

  function toEntry(address: string, { id, fields }: StreamEntry, now: number): Entry {
    const { f = '{}', b: body = '', t, p = '' } = fields;
    // The time is that of Redis, and the caller compares it with this node's clock.
    const acceptedAt = clock.now() - (now - Number(t));
    const seq = Number.parseInt(id, 10);
    const report = { ...(JSON.parse(f) as Omit<NewReport, 'body'>), address, acceptedAt, seq };
    return { report: { ...report, bytes: Buffer.byteLength(body) }, body, place: p === '' ? undefined : Number(p) };
  }

  async function readPage(address: string, after: number): Promise<Entry[]> {
    const { entries, now } = await readStream(connection, keys.hookLog(address), `${after}-0`, PAGE);
    return entries.map((entry) => toEntry(address, entry, now));
  }

  /** Every report of an address, in its order, without the bodies. */
  async function readAll(address: string): Promise<readonly Omit<Entry, 'body'>[]> {
    const found: Omit<Entry, 'body'>[] = [];
    for (let after = 0, more = true; more; ) {
      const page = await readPage(address, after);
      for (const { report, place } of page) found.push({ report, place });
      after = page.at(-1)?.report.seq ?? after;
      more = page.length > 0;
    }
    const rank = ({ report: { seq }, place = seq }: Omit<Entry, 'body'>) => place;
    return found.sort((one, other) => rank(one) - rank(other) || one.report.seq - other.report.seq);
  }

  async function addressesOf(some: readonly number[]): Promise<string[]> {
    const sets = await Promise.all(some.map((shard) => send(['SMEMBERS', keys.hookShard(shard)])));
    return sets.flatMap((set) => [...(set as Iterable<string>)]);
  }

  async function remove({ address, seq, bytes }: Pick<StoredReport, 'address' | 'seq' | 'bytes'>): Promise<void> {
    await persist(() => connection.runScript(scripts.reported, keysOf(address), [address, seq, bytes]), isClosed);
  }

  return {
    news: {
      onAdded(listener) {
        notices.on(NOTICE.report, ([address = '']) => listener(address));
        const tellAll = () => {
          addressesOf(shards.owned())
            .then((found) => {
              for (const address of found) listener(address);
            })
            .catch((error: unknown) => logger.debug({ err: error }, 'the addresses of hooks could not be read'));
        };
        notices.onLost(tellAll);
        connection.onState((state) => {
          if (state === 'connected') tellAll();
        });
      },
      async after(address, seq) {
        for (let after = seq; ; ) {
          const page = await readPage(address, after);
          const own = page.filter(({ place }) => place === undefined);
          const last = page.at(-1);
          if (own.length > 0 || last === undefined) return own;
          after = last.report.seq;
        }
      },
    },
    async load(isMeant = () => true) {
      const addresses = (await addressesOf(ALL)).filter(isMeant);
      const reports: StoredReport[] = [];
      for (const address of addresses.sort()) for (const { report } of await readAll(address)) reports.push(report);
      return reports;
    },
    async body({ address, seq }) {
      const [found] = (await send(['XRANGE', keys.hookLog(address), `${seq}-0`, `${seq}-0`])) as [string, string[]][];
      return found?.[1][found[1].indexOf('b') + 1];
    },
    async add(report) {
      const { address, body, acceptedAt } = report;
      const shard = shardOf(address);
      const [, seq] = (await connection.runDurably(
        scripts.report,
        [
          keys.hookBytes,
          keys.reportNumber,
          keys.shards,
          keys.noticeNumbers,
          keys.edges(shard),
          keys.hookLog(address),
          keys.hookShard(shard),
        ],
        [
          '',
          '',
          keys.notices(''),
          2 ** 52,
          2 ** 52,
          0,
          shard,
          address,
          factsOf(report),
          body,
          clock.now() - acceptedAt,
        ],
      )) as [number, number];
      return seq;
    },
    async split(report, parts) {
      const { address, seq, bytes } = report;
      const shard = shardOf(address);
      const claim = shards.claimOn(shard);
      if (claim === undefined) return undefined;
      const answer = (await persist(
        () =>
          connection.runDurably(
            scripts.split,
            [...keysOf(address), keys.reportNumber, keys.shards, keys.noticeNumbers],
            [
              claim,
              shard,
              keys.notices(''),
              address,
              seq,
              bytes,
              seq,
              ...parts.flatMap((part) => [factsOf(part), part.body]),
            ],
          ),
        isClosed,
      )) as number[] | -1;
      if (answer === -1) return undefined;
      if (answer[0] === 1) return answer.slice(1);
      // It may have run although there was no answer. Then its parts are stored.
      const stored = (await readAll(address)).filter(({ place }) => place === seq);
      return stored.length === parts.length ? stored.map(({ report: part }) => part.seq) : undefined;
    },
    remove,
    async forget(app) {
      for (const address of await addressesOf(ALL)) {
        for (const { report } of await readAll(address)) if (report.app === app) await remove(report);
      }
    },
  };
}
