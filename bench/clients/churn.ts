// A crowd of sockets that keep connecting and leaving, some without a close frame, and some that read nothing. Also the
// backend of their app, which receives the reports about its channels.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerCalls } from '../support/calls.ts';
import { signedRequest, triggerRequest } from '../support/pusher.ts';
import { PusherSocket } from './pusher-socket.ts';
import { Sender } from './sender.ts';

/** The relay, and how long the crowd stays. */
export interface ChurnCall {
  readonly port: number;
  readonly ms: number;
}

/** What the crowd did, and what its app's backend received about it. */
export interface ChurnResult {
  readonly connections: number;
  readonly subscriptions: number;
  readonly drops: number;
  /** Sockets that read nothing. */
  readonly slow: number;
  /** How many of them the relay cut off. */
  readonly cut: number;
  readonly occupied: number;
  readonly vacated: number;
  /** Channels whose reports do not alternate, end occupied, or never came; and channels that still exist. */
  readonly lost: number;
}

const CROWD = 200;
const SLOW = 4;
const CHANNELS = 2_000;
const KINDS = ['', 'private-', 'presence-'];
const FLOOD = 'flood';
const FLOOD_DATA = 'x'.repeat(9_000);
const FLOOD_BATCH = 10;
const FLOOD_PAUSE = 100;
/** Long enough to fill the kernel's buffers and then those of the relay. */
const SLOW_LIFE = 15_000;
/** How long in ms the last reports may take: the relay holds leaves back and collects reports. */
const REPORTS_SETTLE = 10_000;

let connections = 0;
let subscriptions = 0;
let drops = 0;
let slow = 0;
let cut = 0;
let occupied = 0;
let vacated = 0;
let disordered = 0;
/** Channels that some socket joined. */
const joined = new Set<string>();
/** The last report about each channel. */
const heard = new Map<string, string>();

const pick = (count: number) => Math.floor(Math.random() * count);

function take({ name, channel }: { readonly name: string; readonly channel: string }): void {
  if (name === 'channel_occupied') occupied += 1;
  else vacated += 1;
  if ((heard.get(channel) ?? 'channel_vacated') === name) disordered += 1;
  heard.set(channel, name);
}

function listen(): Promise<number> {
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    for (const event of JSON.parse(String(Buffer.concat(parts))).events) take(event);
    response.end();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

async function join(socket: PusherSocket, channel: string): Promise<void> {
  await socket.subscribe(channel);
  joined.add(channel);
  subscriptions += 1;
}

/** Connects again and again, each time with two channels. */
async function member(port: number, until: number): Promise<void> {
  while (performance.now() < until) {
    const socket = await PusherSocket.open(port);
    connections += 1;
    const channel = () => `${KINDS[pick(KINDS.length)]}${pick(CHANNELS)}`;
    const first = channel();
    await join(socket, first);
    await join(socket, `${channel()}-b`);
    await sleep(500 + pick(4_500));
    const end = pick(3);
    if (end === 0) socket.close();
    else if (end === 1) {
      socket.unsubscribe(first);
      socket.close();
    } else {
      drops += 1;
      socket.socket.resetAndDestroy();
    }
    await socket.ended;
  }
}

/** Joins a busy channel and reads nothing of it. */
async function slowReader(port: number, until: number): Promise<void> {
  // A shorter life would prove nothing, because the flood could not fill the buffers.
  while (performance.now() + SLOW_LIFE < until) {
    const socket = await PusherSocket.open(port);
    connections += 1;
    await join(socket, FLOOD);
    slow += 1;
    socket.release().pause();
    await sleep(SLOW_LIFE);
    socket.socket.resume();
    const gone = await Promise.race([socket.ended.then(() => true), sleep(1_000, false)]);
    if (gone) cut += 1;
    socket.socket.destroy();
    await socket.ended;
  }
}

async function flood(port: number, until: number): Promise<void> {
  const sender = await Sender.open(port);
  while (performance.now() < until) {
    await sender.send(triggerRequest(FLOOD, FLOOD_DATA, FLOOD_BATCH));
    await sleep(FLOOD_PAUSE);
  }
  sender.close();
}

/** How many of the channels that the crowd joined still exist. */
async function remaining(port: number): Promise<number> {
  const sender = await Sender.open(port);
  const { channels } = JSON.parse(await sender.send(signedRequest('GET', 'channels')));
  sender.close();
  return Object.keys(channels).filter((channel) => joined.has(channel)).length;
}

answerCalls({
  listen,
  async churn({ port, ms }: ChurnCall): Promise<ChurnResult> {
    const until = performance.now() + ms;
    await Promise.all([
      flood(port, until),
      ...Array.from({ length: CROWD }, () => member(port, until)),
      ...Array.from({ length: SLOW }, () => slowReader(port, until)),
    ]);
    await sleep(REPORTS_SETTLE);
    const open = [...joined].filter((channel) => heard.get(channel) !== 'channel_vacated').length;
    const lost = disordered + open + (await remaining(port));
    return { connections, subscriptions, drops, slow, cut, occupied, vacated, lost };
  },
});
