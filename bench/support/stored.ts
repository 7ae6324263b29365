// A system that receives many messages for one device that acknowledges them: its memory, and its files.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DevicesCall, SendCall, SendResult } from '../clients/load.ts';
import type { Contender } from '../contenders/contender.ts';
import { Child } from './child.ts';
import { tempDir } from './exit.ts';

/** Senders at once. */
const CONCURRENCY = 64;
const HOUR = 3_600_000;
/** How long in ms the messages may take. */
const LIMIT = 240_000;
/** Characters of each text. */
const LENGTH = 100;

/** By how many bytes each file has grown since the start, when the program has closed them. */
export type Growth = ReadonlyMap<string, number>;

/** A running system that has the messages. */
export interface Filled {
  /** Resident memory in bytes. */
  memory(): Promise<number>;
  close(): Promise<Growth>;
}

/** By name of the system: two benchmarks need the same messages, and sending them takes long. */
const growths = new Map<string, Growth>();

const sizes = (dir: string) => new Map(readdirSync(dir).map((name) => [name, statSync(join(dir, name)).size]));

/** Sends that many messages. @throws Error if one was not acknowledged */
export async function fill(contender: Contender, count: number): Promise<Filled> {
  const dir = tempDir();
  const server = await contender.start({ dir });
  const before = sizes(dir);
  const load = new Child('bench/clients/load');
  const { port } = server;
  await load.call('connect', { port, count: 1, group: '', delay: 0 } satisfies DevicesCall);
  const call = {
    port,
    sendType: 'personal',
    targets: ['device-0'],
    concurrency: CONCURRENCY,
    ms: HOUR,
    count,
    length: LENGTH,
  } as const;
  const { unsettled } = await load.call<SendResult>('send', call satisfies SendCall, LIMIT);
  if (unsettled > 0) throw new Error(`${unsettled} of ${count} sends were not ok`);
  await load.end();
  return {
    memory: () => server.memory(),
    async close() {
      await server.close();
      const grown = [...sizes(dir)].map(([name, size]) => [name, Math.max(0, size - (before.get(name) ?? 0))] as const);
      growths.set(contender.name, new Map(grown));
      return new Map(grown);
    },
  };
}

/** What that many messages add to the files. */
export async function growthOf(contender: Contender, count: number): Promise<Growth> {
  return growths.get(contender.name) ?? (await fill(contender, count)).close();
}
