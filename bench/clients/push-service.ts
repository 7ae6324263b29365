// The process that loads a relay with pushes: it registers devices, sends messages, and is the push service that they
// end at.

import { createECDH, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { answerCalls } from '../support/calls.ts';
import { sendPath, TOKEN } from '../support/message.ts';
import type { Work } from '../support/slices.ts';
import { Device } from './device.ts';
import { Sender, sendRequest } from './sender.ts';

/** Where the push service listens. */
export interface ServiceCall {
  /** Files with its certificate and key, in PEM. */
  readonly cert: string;
  readonly key: string;
  /** Whether it offers HTTP/2 besides HTTP/1.1. */
  readonly http2: boolean;
}

/** Which devices to register; they are named `push-0`, `push-1`, … and leave after that. */
export interface RegisterCall {
  readonly port: number;
  readonly count: number;
}

/** A subscription as a browser makes it. */
export interface BrowserSubscription {
  readonly endpoint: string;
  readonly keys: { readonly auth: string; readonly p256dh: string };
}

/** The pushes to cause. */
export interface PushCall {
  readonly port: number;
  readonly ms: number;
  /** Senders at once, each with a device of its own; 0 sends to the group of all devices, one message at a time. */
  readonly senders: number;
}

/** What came of them. */
export interface PushResult extends Work {
  /** The longest time in ms that a send to a connected device took meanwhile. */
  readonly longest: number;
}

const GROUP = 'pushed';
const CONNECTING = 50;

let origin = '';
let subscriptions: BrowserSubscription[] = [];
let connected: Device | undefined;
let arrived = 0;
/** Called for each push, with the path of its endpoint. */
let onPush: (path: string) => void = () => {};

function accept(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse): void {
  request.resume();
  request.on('end', () => {
    response.writeHead(201, { location: `${origin}/m/1`, ttl: '60' });
    response.end();
    arrived += 1;
    onPush(request.url ?? '');
  });
}

async function start({ cert, key, http2 }: ServiceCall): Promise<string> {
  const tls = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = http2
    ? createSecureServer({ ...tls, allowHTTP1: true, settings: { maxConcurrentStreams: 100 } }, accept)
    : createServer({ ...tls, keepAliveTimeout: 30_000 }, accept);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return origin;
}

function subscribe(count: number): BrowserSubscription[] {
  return Array.from({ length: count }, (_, index) => {
    const keys = {
      auth: randomBytes(16).toString('base64url'),
      p256dh: createECDH('prime256v1').generateKeys('base64url'),
    };
    return { endpoint: `${origin}/push/${index}`, keys };
  });
}

function registerOne(port: number, name: string, subscription: BrowserSubscription): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/`);
    const send = (packet: object) => socket.send(JSON.stringify(packet));
    socket.on('open', () => send({ cmd: 'AUTH', data: { token: TOKEN, name, group: GROUP } }));
    socket.on('message', (raw) => {
      const { cmd } = JSON.parse(String(raw)) as { cmd: string };
      if (cmd === 'AUTH') {
        // A registration has no answer, and packets are handled in order.
        send({ cmd: 'REGISTER_WEBPUSH', data: subscription });
        send({ cmd: 'PING' });
      } else if (cmd === 'PONG') socket.close();
      else reject(new Error(`${name} received ${String(raw)}`));
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

async function register({ port, count }: RegisterCall): Promise<readonly BrowserSubscription[]> {
  subscriptions = subscribe(count);
  for (let at = 0; at < count; at += CONNECTING) {
    const batch = subscriptions.slice(at, at + CONNECTING);
    await Promise.all(batch.map((one, index) => registerOne(port, `push-${at + index}`, one)));
  }
  connected = await Device.open({ port, name: 'connected', group: '', delay: 0 });
  return subscriptions;
}

/** Sends messages until the time is over, and waits for the pushes of each before the next. */
async function push({ port, ms, senders }: PushCall): Promise<PushResult> {
  const started = performance.now();
  const before = arrived;
  const waiting = new Map<string, () => void>();
  let left = 0;
  let whole: () => void = () => {};
  onPush = (path) => {
    waiting.get(path)?.();
    left -= 1;
    if (left === 0) whole();
  };
  const isTime = () => performance.now() < started + ms;

  async function toOne(index: number): Promise<void> {
    const sender = await Sender.open(port);
    const request = sendRequest(`${sendPath(`push-${index}`, 'personal')}&wait=0`);
    while (isTime()) {
      const pushed = new Promise<void>((resolve) => waiting.set(`/push/${index}`, resolve));
      await sender.send(request);
      await pushed;
    }
    sender.close();
  }

  async function toAll(): Promise<void> {
    const sender = await Sender.open(port);
    const request = sendRequest(`${sendPath(GROUP, 'group')}&wait=0`);
    while (isTime()) {
      left = subscriptions.length;
      const pushed = new Promise<void>((resolve) => {
        whole = resolve;
      });
      await sender.send(request);
      await pushed;
    }
    sender.close();
  }

  /** A sender to a connected device, which should not notice the pushes. */
  async function probe(): Promise<number> {
    const sender = await Sender.open(port);
    const request = sendRequest(sendPath('connected', 'personal'));
    let longest = 0;
    while (isTime()) {
      const sent = performance.now();
      await sender.send(request);
      longest = Math.max(longest, performance.now() - sent);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    sender.close();
    return longest;
  }

  const load = senders === 0 ? [toAll()] : Array.from({ length: senders }, (_, index) => toOne(index));
  const [longest] = await Promise.all([connected === undefined ? 0 : probe(), ...load]);
  return { count: arrived - before, ms: performance.now() - started, longest };
}

answerCalls({
  start,
  register,
  push,
  /** Makes subscriptions without a relay. */
  subscribe({ count }: { count: number }) {
    subscriptions = subscribe(count);
    return subscriptions;
  },
});
