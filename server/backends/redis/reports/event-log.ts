// The events that apps are still to be told of: a stream for each shard, which its owner reads.
import { randomUUID } from 'node:crypto';
import type { ChannelNews, EventLog, LoggedEvent, LogPart, PartReader } from '../../../app-webhooks/event-log.ts';
import type { NewReport } from '../../../app-webhooks/report-store.ts';
import { channelShard, shardOf } from '../keys.ts';
import { NOTICE } from '../notices.ts';
import { scripts } from '../scripts.ts';
import { readStream, type StreamEntry } from '../stream.ts';
import { persist, type RedisReportsPorts } from './ports.ts';
import { factsOf } from './report-store.ts';

/** The most events of one read. */
const PAGE = 200;
/** Wait in ms before a part is read again after a failure. */
const PAUSE = 500;
/** How long the mark of an event is kept in ms. No one tries to add it again after that time. */
const MARK_MS = 60_000;

const EDGES = { o: 'occupied', v: 'vacated', a: 'member_added', r: 'member_removed' } as const;

/** Reads an entry; undefined if a later version has written it, or it is damaged. */
function readNews({ k: kind = '', u: user = '', d: detail = '' }: StreamEntry['fields']): ChannelNews | undefined {
  try {
    if (kind in EDGES) {
      const type = EDGES[kind as keyof typeof EDGES];
      return { type, user, ...(detail === '' ? {} : { info: JSON.parse(detail) }) };
    }
    if (kind === 'n') return { type: 'counted', count: Number(detail) };
    return kind === 'e' ? { type: 'event', event: JSON.parse(detail) } : undefined;
  } catch {
    return undefined;
  }
}

/** A part of the log that this node reads. */
interface OpenPart {
  /** Reads what is new. */
  read(): void;
  lose(): void;
}

/** Makes the log. @param isClosed whether the backend is closed, so that nothing is tried again */
export function createEventLog(ports: RedisReportsPorts, isClosed: () => boolean): EventLog {
  const { connection, keys, notices, shards, clock, logger, maxQueued, maxQueuedBytes } = ports;
  const parts = new Map<number, OpenPart>();
  let opener: ((part: LogPart) => PartReader) | undefined;
  /** How many events are being added. */
  let adding = 0;

  async function report(
    shard: number,
    claim: string,
    events: readonly string[],
    reports: readonly NewReport[],
    isLost: () => boolean,
  ): Promise<readonly NewReport[] | 'lost'> {
    const fixed = [keys.hookBytes, keys.reportNumber, keys.shards, keys.noticeNumbers, keys.edges(shard)];
    const logs = reports.flatMap(({ address }) => [keys.hookLog(address), keys.hookShard(shardOf(address))]);
    const head = [claim, shard, keys.notices(''), maxQueued, maxQueuedBytes, events.length, ...events];
    const told = reports.flatMap((one) => {
      return [shardOf(one.address), one.address, factsOf(one), one.body, clock.now() - one.acceptedAt];
    });
    try {
      const run = () => connection.runDurably(scripts.report, [...fixed, ...logs], [...head, ...told]);
      const answer = (await persist(run, isLost)) as number[] | -1;
      return answer === -1 ? 'lost' : reports.filter((_report, index) => answer[index + 1] === 0);
    } catch (error) {
      if (!isLost()) logger.error({ err: error, shard }, 'reports could not be stored; another owner will try again');
      return 'lost';
    }
  }

  function openPart(shard: number, claim: string, make: (part: LogPart) => PartReader): OpenPart {
    let last = '';
    let isLost = false;
    let isReading = false;
    let hasMore = false;
    const isOver = () => isLost || isClosed();
    const reader = make({ report: (events, reports) => report(shard, claim, events, reports, isOver) });

    function toLogged({ id, fields }: StreamEntry, now: number): LoggedEvent | undefined {
      const news = readNews(fields);
      const { a: app = '', c: channel = '' } = fields;
      if (news === undefined) logger.error({ app, channel }, 'an event that an app is to be told of cannot be read');
      const wasOutage = fields['o'] === '1';
      return news && { id, app, channel, news, age: now - Number.parseInt(id, 10), wasOutage };
    }

    async function readAll(): Promise<void> {
      while (hasMore && !isOver()) {
        hasMore = false;
        const { entries, now } = await readStream(connection, keys.edges(shard), last, PAGE);
        if (isOver()) return;
        await reader.take(entries.flatMap((entry) => toLogged(entry, now) ?? []));
        last = entries.at(-1)?.id ?? last;
        if (entries.length === PAGE) hasMore = true;
      }
    }

    function read(): void {
      hasMore = true;
      if (isReading) return;
      isReading = true;
      readAll().then(
        () => {
          isReading = false;
          if (hasMore && !isOver()) read();
        },
        (error: unknown) => {
          logger.debug({ err: error, shard }, 'what apps are to be told could not be read; trying again');
          setTimeout(() => {
            isReading = false;
            if (!isOver()) read();
          }, PAUSE).unref();
        },
      );
    }

    return {
      read,
      lose() {
        isLost = true;
        reader.lose();
      },
    };
  }

  /** Reads the shards that this node has gained. */
  function openGained(): void {
    if (opener === undefined) return;
    for (const shard of shards.owned()) {
      const claim = shards.claimOn(shard);
      if (parts.has(shard) || claim === undefined) continue;
      const part = openPart(shard, claim, opener);
      parts.set(shard, part);
      part.read();
    }
  }

  function closeLost(): void {
    const owned = new Set(shards.owned());
    for (const [shard, part] of parts) {
      if (owned.has(shard)) continue;
      parts.delete(shard);
      part.lose();
    }
  }

  const readOn = () => {
    for (const part of parts.values()) part.read();
  };
  shards.onGained(async () => openGained());
  shards.onLost(async () => closeLost());
  notices.on(NOTICE.edge, ([shard]) => parts.get(Number(shard))?.read());
  notices.onLost(readOn);

  return {
    onPart(open) {
      opener = open;
      openGained();
    },
    async add(app, channel, event, quiet) {
      if (adding >= maxQueued) return false;
      const shard = channelShard(app, channel);
      const mark = quiet === undefined ? keys.event(randomUUID()) : keys.recentEvent(app, `${event.name}:${channel}`);
      const args = [keys.notices(''), shard, app, channel, JSON.stringify(event), maxQueued, quiet ?? MARK_MS];
      const start = performance.now();
      adding += 1;
      try {
        const added = await persist(
          () => connection.runScript(scripts.event, [keys.edges(shard), keys.shards, keys.noticeNumbers, mark], args),
          () => isClosed() || performance.now() - start > MARK_MS / 2,
        );
        return added !== -1;
      } finally {
        adding -= 1;
      }
    },
  };
}
