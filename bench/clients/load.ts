// The process that loads a relay: devices that acknowledge, and senders that wait for their replies.
import type { SendType } from '../../shared/message.ts';
import { answerCalls } from '../support/calls.ts';
import { sendPath } from '../support/message.ts';
import { median } from '../support/stats.ts';
import { Device } from './device.ts';
import { Sender, sendRequest } from './sender.ts';

/** Which devices to connect; they are named `device-0`, `device-1`, … */
export interface DevicesCall {
  readonly port: number;
  readonly count: number;
  readonly group: string;
  readonly delay: number;
}

/** The sends to make. */
export interface SendCall {
  readonly port: number;
  readonly sendType: SendType;
  /** Used in turn. */
  readonly targets: readonly string[];
  /** Senders at once, each with one request under way. */
  readonly concurrency: number;
  /** How long the senders start new requests, in ms. */
  readonly ms: number;
  /** The most requests. */
  readonly count?: number;
  /** Characters of the text. */
  readonly length?: number;
  /** More of the query, such as `&key=a`. */
  readonly query?: string;
  /** The credential; by default the token of the relay. */
  readonly token?: string;
}

/** The result of the sends. */
export interface SendResult {
  readonly count: number;
  readonly ms: number;
  /** Median time of one send, in ms. */
  readonly p50: number;
  /** Median time from a send until the last device has it, in ms. Only with one sender. */
  readonly last: number;
  /** Replies in which a recipient was not `ok`. */
  readonly unsettled: number;
  /** Messages that a device received after later ones since it connected. */
  readonly disordered: number;
}

/** Handshakes under way at once. */
const CONNECTING = 50;
const UNSETTLED = /"(?:no|ready|wait|failed)"/;

const devices: Device[] = [];

async function connect({ port, count, group, delay }: DevicesCall): Promise<void> {
  while (devices.length < count) {
    const batch = Array.from({ length: Math.min(CONNECTING, count - devices.length) }, (_, index) =>
      Device.open({ port, name: `device-${devices.length + index}`, group, delay }),
    );
    devices.push(...(await Promise.all(batch)));
  }
}

async function send({
  port,
  sendType,
  targets,
  concurrency,
  ms,
  count = Infinity,
  length,
  query = '',
  token,
}: SendCall): Promise<SendResult> {
  const requests = targets.map((target) => sendRequest(sendPath(target, sendType, length) + query, token));
  const senders = await Promise.all(Array.from({ length: concurrency }, () => Sender.open(port)));
  const times: number[] = [];
  const arrivals: number[] = [];
  let next = 0;
  let unsettled = 0;
  const started = performance.now();

  async function run(sender: Sender): Promise<void> {
    for (let now = started; now < started + ms && next < count; ) {
      const request = requests[next++ % requests.length] ?? Buffer.alloc(0);
      const body = await sender.send(request);
      if (UNSETTLED.test(body)) unsettled += 1;
      const done = performance.now();
      times.push(done - now);
      arrivals.push(Device.lastArrival - now);
      now = done;
    }
  }

  await Promise.all(senders.map(run));
  const elapsed = performance.now() - started;
  for (const sender of senders) sender.close();
  const disordered = devices.reduce((sum, device) => sum + device.disordered, 0);
  return { count: times.length, ms: elapsed, p50: median(times), last: median(arrivals), unsettled, disordered };
}

answerCalls({ connect, send });
