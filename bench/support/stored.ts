// A system that has received many messages for one device that acknowledges them.
import type { DevicesCall, SendCall, SendResult } from '../clients/load.ts';
import type { Contender, Server } from '../contenders/contender.ts';
import { Child } from './child.ts';

/** Senders at once. */
const CONCURRENCY = 64;
const HOUR = 3_600_000;

/** Characters of each text. */
const LENGTH = 100;

/**
 * Starts a system and sends to it.
 * @param dir where it stores its data
 * @throws Error if a message was not acknowledged
 */
export async function fill(contender: Contender, dir: string, count: number): Promise<Server> {
  const server = await contender.start({ dir });
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
  if (unsettled > 0) throw new Error(`${contender.name}: ${unsettled} of ${count} sends were not ok`);
  await load.end();
  return server;
}
