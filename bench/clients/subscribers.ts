// Subscribers of channels that count bytes, and the publishers of those channels.
import type { Socket } from 'node:net';
import type { ChannelWire } from '../contenders/contender.ts';
import { answerCalls } from '../support/calls.ts';
import { median } from '../support/stats.ts';
import { within } from '../support/within.ts';
import { mqtt } from './wires/mqtt.ts';
import { ntfyJson, ntfyWs } from './wires/ntfy.ts';
import { nchan, raw, rawLines } from './wires/plain.ts';
import { pusher } from './wires/pusher.ts';
import type { Publisher, Wires } from './wires/wire.ts';

/** The system, and how many sockets join a channel each, in addition to those before. */
export interface JoinCall {
  readonly port: number;
  readonly wire: ChannelWire;
  /** One number per channel. */
  readonly sizes: readonly number[];
}

/** What to publish for `ms`. A round begins when all subscribers have the one before. */
export interface PublishCall {
  /** Size of the channel. */
  readonly size: number;
  /** Payload of a frame. */
  readonly bytes: number;
  /** Events of a round. */
  readonly events: number;
  readonly ms: number;
}

/** Single events for `ms` to a channel with one subscriber, which are not waited for. */
export interface TriggerCall {
  readonly bytes: number;
  /** Publishers at once, each with one request under way. */
  readonly concurrency: number;
  readonly ms: number;
}

const WIRES: Wires = {
  pusher,
  raw,
  'raw-lines': rawLines,
  nchan,
  mqtt,
  'ntfy-ws': ntfyWs,
  'ntfy-json': ntfyJson,
};
/** A short frame has a header of two bytes. */
const frameSize = (bytes: number) => bytes + (bytes < 126 ? 2 : 4);
/** Handshakes under way at once. For mosquitto, all of them take 0.3 s together; sockudo drops some of 250. */
const CONNECTING = 100;
/** How long in ms the answer to a round and the events of all subscribers may take. */
const ROUND_LIMIT = 10_000;

let port = 0;
let wire = pusher;
let publisher: Publisher | undefined;
let missing = 0;
let arrived = () => {};

/** Names of equal length, so that all frames have the same length too. */
const channelOf = (size: number) => `channel-${String(size).padStart(5, '0')}`;

function received(chunk: Buffer): void {
  missing -= chunk.length;
  // Less than none is a frame that is no event, such as a ping: the count is then worth nothing, and the wait ends.
  if (missing <= 0) arrived();
}

async function join(size: number): Promise<void> {
  for (let left = size; left > 0; left -= CONNECTING) {
    const sockets: Promise<Socket>[] = [];
    while (sockets.length < Math.min(CONNECTING, left)) sockets.push(wire.join(port, channelOf(size)));
    for (const socket of await Promise.all(sockets)) socket.on('data', received);
  }
}

answerCalls({
  async join(call: JoinCall): Promise<void> {
    port = call.port;
    wire = WIRES[call.wire];
    for (const size of call.sizes) await join(size);
  },

  /** Counts deliveries. @throws Error if a subscriber does not get exactly the events in time */
  async publish({ size, bytes, events, ms }: PublishCall) {
    publisher ??= await wire.publisher(port);
    const expected = size * events * (wire.size ?? frameSize)(bytes);
    const started = performance.now();
    let count = 0;
    const times: number[] = [];
    for (let now = started; now < started + ms; ) {
      const everybody = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      missing = expected;
      const round = Promise.all([publisher.publish(channelOf(size), bytes, events), everybody]);
      await within(ROUND_LIMIT, () => `${missing} of ${expected} bytes reach ${size} subscribers`, round);
      if (missing < 0) throw new Error(`${-missing} bytes more than the events have reached the subscribers`);
      count += size * events;
      const done = performance.now();
      times.push(done - now);
      now = done;
    }
    return { count, ms: performance.now() - started, p50: median(times) };
  },

  /** Counts triggers. */
  async trigger({ bytes, concurrency, ms }: TriggerCall) {
    const publishers = await Promise.all(Array.from({ length: concurrency }, () => wire.publisher(port)));
    const started = performance.now();
    const times: number[] = [];
    await Promise.all(
      publishers.map(async (one) => {
        for (let now = started; now < started + ms; ) {
          await one.publish(channelOf(1), bytes, 1);
          const done = performance.now();
          times.push(done - now);
          now = done;
        }
      }),
    );
    const elapsed = performance.now() - started;
    for (const one of publishers) one.close();
    return { count: times.length, ms: elapsed, p50: median(times) };
  },
});
