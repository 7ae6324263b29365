// A system that has received many messages for one device that acknowledges them: its memory, and its files.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DevicesCall, SendCall, SendResult } from '../clients/load.ts';
import { type Contender, stepOf } from '../contenders/contender.ts';
import { Child } from './child.ts';
import { tempDir } from './exit.ts';

/** Senders at once. */
const CONCURRENCY = 64;
const HOUR = 3_600_000;
/** Characters of each text. */
const LENGTH = 100;
/** Wait in ms before memory is read, as in memory.ts. */
const REST = 30_000;

/** What the messages left. */
export interface Stored {
  /** Resident memory in bytes. */
  readonly memory: number;
  /** By how many bytes each file has grown since the start, when the program has closed them. */
  readonly files: ReadonlyMap<string, number>;
}

/** Two benchmarks read the same run, because filling a system takes long. */
const runs = new Map<string, Promise<Stored>>();

const sizes = (dir: string) => new Map(readdirSync(dir).map((name) => [name, statSync(join(dir, name)).size]));

/** Sends that many messages. @throws Error if one was not acknowledged */
export function stored(contender: Contender, count: number): Promise<Stored> {
  const known = runs.get(contender.name) ?? stepOf(contender, fill(contender, count));
  runs.set(contender.name, known);
  return known;
}

async function fill(contender: Contender, count: number): Promise<Stored> {
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
  const { unsettled } = await load.call<SendResult>('send', call satisfies SendCall);
  if (unsettled > 0) throw new Error(`${unsettled} of ${count} sends were not ok`);
  await load.end();
  await sleep(REST);
  const memory = await server.memory();
  await server.close();
  const grown = [...sizes(dir)].map(([name, size]) => [name, Math.max(0, size - (before.get(name) ?? 0))] as const);
  return { memory, files: new Map(grown) };
}
