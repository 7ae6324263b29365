// Devices on the nodes that stay, while another one ends: how long until each of them has a message that was sent then.
import { setTimeout as sleep } from 'node:timers/promises';
import { answerCalls } from '../support/calls.ts';
import { sendPath } from '../support/message.ts';
import { Device } from './device.ts';
import { Sender, sendRequest } from './sender.ts';

/** How many devices to connect to each node; more than there are shards, so that each shard has some. */
export interface ConnectCall {
  readonly ports: readonly number[];
  readonly each: number;
}

/** The node that takes the messages, and how long all of it may take in ms. */
export interface ReachCall {
  readonly port: number;
  readonly limit: number;
}

/** Pause in ms after a refused send, which may be tried again. */
const PAUSE = 50;

/** The last message of each device. */
const newest = new Map<string, number>();

async function send(port: number, name: string, until: number): Promise<void> {
  const sender = await Sender.open(port);
  const request = sendRequest(`${sendPath(name, 'personal')}&wait=0`);
  while (performance.now() < until) {
    try {
      await sender.send(request);
      break;
    } catch {
      await sleep(PAUSE);
    }
  }
  sender.close();
}

answerCalls({
  async connect({ ports, each }: ConnectCall): Promise<void> {
    for (const port of ports) {
      for (let left = each; left > 0; left -= 1) {
        const name = `device-${newest.size}`;
        newest.set(name, 0);
        const onMessage = (mid: number) => void newest.set(name, Math.max(mid, newest.get(name) ?? 0));
        await Device.open({ port, name, group: '', delay: 0, onMessage });
      }
    }
  },

  /** Sends one message to each device. Repeats of older ones do not count, because mids grow. */
  async reach({ port, limit }: ReachCall): Promise<{ ms: number }> {
    const started = performance.now();
    const before = new Map(newest);
    const missing = () => [...newest].filter(([name, mid]) => mid === before.get(name)).map(([name]) => name);
    await Promise.all([...newest.keys()].map((name) => send(port, name, started + limit)));
    while (missing().length > 0 && performance.now() < started + limit) await sleep(1);
    if (missing().length > 0) throw new Error(`no message reached ${missing().join(', ')} in ${limit / 1000} s`);
    return { ms: performance.now() - started };
  },
});
