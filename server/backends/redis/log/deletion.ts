// Deleting: messages that are too old, and everything of a device that was removed.
import { splitStored } from '../../../delivery/message.ts';
import type { MessageLog } from '../../../delivery/ports.ts';
import { readMid } from '../../mid.ts';
import { keysOfDevice, shardOf } from '../keys.ts';
import { scripts } from '../scripts.ts';
import type { RawEntry } from '../stream.ts';
import type { LogPorts } from './ports.ts';
import { type Reads, readEntry, type StoredEntry } from './reads.ts';

/** The most messages of one step. */
const PAGE = 200;

/** The owner of this shard deletes what is too old, for all nodes. */
const SWEEPER = 0;

const shardsOf = (devices: readonly string[]) => [...new Set(devices.map(shardOf))];

/** The most recipients of the messages that are deleted at once, so that a command of these does not wait for too long. */
const BATCH = 2000;

/** Messages in groups that together have not too many recipients. */
function batchesOf(entries: readonly StoredEntry[]): StoredEntry[][] {
  const batches: StoredEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    room -= entry.devices.length;
    if (room < 0 || batches.length === 0) {
      batches.push([]);
      room = BATCH - entry.devices.length;
    }
    batches.at(-1)?.push(entry);
  }
  return batches;
}

/** Makes the part of the log that deletes. */
export function createDeletion(
  { connection, keys, node }: LogPorts,
  reads: Pick<Reads, 'entry'>,
): Pick<MessageLog, 'expire' | 'forget' | 'remove' | 'unlist'> {
  const { send } = connection;

  /** The keys of the lists that have a message, and of its number. */
  function ownKeys({ text, lists }: StoredEntry): string[] {
    const { number } = splitStored(text).marks;
    return [...lists.map(keys.messageList), ...(number === undefined ? [] : [keys.number(number)])];
  }

  async function expireOne(stored: StoredEntry): Promise<number> {
    const { mid, devices } = stored;
    const shards = shardsOf(devices);
    const deleted = await connection.runScript(
      scripts.expire,
      [
        keys.log,
        keys.read,
        ...shards.map(keys.expiries),
        ...devices.flatMap((device) => [
          keys.history(device),
          keys.queue(device),
          keys.statuses(device),
          keys.shard(shardOf(device)),
        ]),
        ...ownKeys(stored),
      ],
      [mid, shards.length, stored.lists.length, ...devices],
    );
    return Number(deleted);
  }

  async function orphan(mid: string): Promise<void> {
    const stored = await reads.entry(mid);
    if (stored === undefined) return;
    const shards = shardsOf(stored.devices);
    await connection.runScript(
      scripts.orphan,
      [
        keys.log,
        keys.read,
        ...shards.map(keys.expiries),
        ...stored.devices.flatMap((device) => [keys.history(device), keys.statuses(device)]),
        ...ownKeys(stored),
      ],
      [mid, shards.length, stored.devices.length, stored.lists.length],
    );
  }

  return {
    async remove(device, texts) {
      const mids = texts.filter((text) => readMid(text) !== undefined);
      const own = [keys.history(device), keys.queue(device), keys.statuses(device)];
      return (await connection.runScript(scripts.remove, own, mids)) as string[];
    },

    async unlist(texts) {
      for (const mid of texts.filter((text) => readMid(text) !== undefined)) {
        const lists = (await reads.entry(mid))?.lists ?? [];
        await Promise.all(lists.map((list) => send(['ZREM', keys.messageList(list), mid])));
      }
    },

    async expire(before) {
      if (!node.shards().includes(SWEEPER)) return 0;
      let deleted = 0;
      for (;;) {
        const raw = (await send(['XRANGE', keys.log, '-', '+', 'COUNT', String(PAGE)])) as RawEntry[];
        const old = raw.map(readEntry).filter(({ createdAt }) => createdAt < before);
        for (const batch of batchesOf(old))
          for (const counts of await Promise.all(batch.map(expireOne))) deleted += counts;
        if (old.length < PAGE) return deleted;
      }
    },

    async forget(device) {
      const aside = keys.aside(device);
      let left = Number(
        await connection.runScript(scripts.forget, [keys.devices, ...keysOfDevice(keys, device)], [device]),
      );
      // Another node may do the same at the same time.
      while (left > 0) {
        const mids = (await send(['ZRANGE', aside, '0', String(PAGE - 1)])) as string[];
        if (mids.length === 0) return;
        await Promise.all(mids.map(orphan));
        await send(['ZREM', aside, ...mids]);
        left -= mids.length;
      }
    },
  };
}
