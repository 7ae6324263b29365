// Everyday traffic: sends to devices, some of which come and go, to groups and to webhooks, and triggers. It also keeps
// the ledger: each message that a device is owed arrives, and in order.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerCalls } from '../support/calls.ts';
import { sendPath } from '../support/message.ts';
import { triggerRequest } from '../support/pusher.ts';
import { Device } from './device.ts';
import { openMany } from './pusher-socket.ts';
import { Sender, sendRequest } from './sender.ts';

/** How long to send, and how many requests a second; without a rate, as many as the relay takes. */
export interface TrafficCall {
  readonly port: number;
  readonly ms: number;
  readonly rate?: number;
}

/** What was sent, and what did not arrive. */
export interface TrafficResult {
  readonly count: number;
  /** Requests for which no sender was free in time. */
  readonly late: number;
  /** How often a device left and came back. */
  readonly returns: number;
  /** Messages that never arrived, or only after a newer one. */
  readonly lost: number;
  /** Messages that a device got more than once on one connection. */
  readonly repeated: number;
}

/** The names of the webhooks in the config of the relay. */
export const WEBHOOKS: readonly string[] = Array.from({ length: 10 }, (_, index) => `hook-${index}`);

const DEVICES = 200;
const GROUPS = 10;
/** Devices that come and go. */
const RESTLESS = 50;
const CHANNELS = 20;
const SENDERS = 16;
const EVENT_BYTES = 300;
/** How long in ms a restless device stays, and how long it is away, at most. */
const STAYS = 10_000;
const IS_AWAY = 5_000;
/** How long in ms the last messages may take. */
const SETTLE = 30_000;

/** A device or a webhook. */
interface Account {
  readonly name: string;
  /** -1 for a webhook. */
  readonly group: number;
  /** Messages that were accepted for it. */
  owed: number;
  /** Different messages that it got. */
  got: number;
  /** The highest number that it got; a repeat is not higher. */
  lastMid: number;
}

const open = (name: string, group: number): Account => ({ name, group, owed: 0, got: 0, lastMid: 0 });
const accounts = Array.from({ length: DEVICES }, (_, index) => open(`device-${index}`, index % GROUPS));
const hooks = WEBHOOKS.map((name) => open(name, -1));
/** Members of every group come and go. */
const comesAndGoes = (account: Account) => accounts.indexOf(account) >= DEVICES - RESTLESS;
const devices = new Map<Account, Device>();
let repeated = 0;
let returns = 0;

function receive(account: Account, mid: number): void {
  if (mid <= account.lastMid) return;
  account.lastMid = mid;
  account.got += 1;
}

const pick = (count: number) => Math.floor(Math.random() * count);

async function connect(port: number, account: Account): Promise<void> {
  const { name, group } = account;
  const onMessage = (mid: number) => receive(account, mid);
  const device = await Device.open({ port, name, group: `group-${group}`, delay: 0, onMessage });
  devices.set(account, device);
}

async function leave(account: Account): Promise<void> {
  const device = devices.get(account);
  if (device === undefined) return;
  devices.delete(account);
  await device.end();
  if (device.disordered > 0) throw new Error(`${device.disordered} messages came after later ones`);
  repeated += device.repeated;
}

/** Comes and goes until the end, and is there then. */
async function restless(port: number, account: Account, until: number): Promise<void> {
  while (performance.now() < until) {
    await sleep(pick(STAYS));
    await leave(account);
    await sleep(pick(IS_AWAY));
    await connect(port, account);
    returns += 1;
  }
}

/** A kind of request; `done` runs when the relay has accepted it. */
interface Kind {
  readonly request: Buffer;
  done(): void;
}

/** A reply waits for a device that is away. Where one may be, the request asks for no wait. */
const NO_WAIT = '&wait=0';

const toOne = (account: Account): Kind => ({
  request: sendRequest(`${sendPath(account.name, 'personal')}${comesAndGoes(account) ? NO_WAIT : ''}`),
  done: () => {
    account.owed += 1;
  },
});
const toDevice = accounts.map(toOne);
const toWebhook = hooks.map(toOne);
const toGroup = Array.from({ length: GROUPS }, (_, group) => ({
  request: sendRequest(`${sendPath(`group-${group}`, 'group')}${NO_WAIT}`),
  done: () => {
    for (const account of accounts) if (account.group === group) account.owed += 1;
  },
}));
function triggers(): Kind[] {
  const data = 'x'.repeat(EVENT_BYTES);
  return Array.from({ length: CHANNELS }, (_, index) => ({
    request: triggerRequest(`channel-${index}`, data),
    done: () => {},
  }));
}

/** Of twenty requests, thirteen go to a device, one to a group, two to a webhook, and four are triggers. */
function choose(toChannel: readonly Kind[]): Kind {
  const at = pick(20);
  const among = at < 13 ? toDevice : at < 14 ? toGroup : at < 16 ? toWebhook : toChannel;
  const kind = among[pick(among.length)];
  if (kind === undefined) throw new Error('nothing to choose from');
  return kind;
}

/** Sends for `ms` and returns how many requests were answered, and how many of a rate came too late. */
async function load({ port, ms, rate }: TrafficCall) {
  const started = performance.now();
  let next = 0;
  let count = 0;
  let late = 0;
  let toChannel = triggers();
  // A signature is valid for ten minutes.
  const renewal = setInterval(() => {
    toChannel = triggers();
  }, 60_000);
  async function run(): Promise<void> {
    const sender = await Sender.open(port);
    for (;;) {
      const now = performance.now();
      const due = rate === undefined ? now : started + (next++ * 1000) / rate;
      if (due >= started + ms || now >= started + ms) break;
      if (due > now + 1) await sleep(due - now);
      else if (now > due + 1000) {
        late += 1;
        continue;
      }
      const { request, done } = choose(toChannel);
      await sender.send(request);
      done();
      count += 1;
    }
    sender.close();
  }
  await Promise.all(Array.from({ length: SENDERS }, run));
  clearInterval(renewal);
  return { count, late };
}

const missing = () => [...accounts, ...hooks].reduce((sum, { owed, got }) => sum + owed - got, 0);

async function settle(): Promise<void> {
  for (const until = performance.now() + SETTLE; missing() > 0 && performance.now() < until; ) await sleep(100);
}

answerCalls({
  /** The webhooks, each at a path that is its place in their list. Returns their port. */
  listen(): Promise<number> {
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const part of request.setEncoding('utf8')) text += part;
      const hook = hooks[Number(request.url?.slice(1))];
      if (hook !== undefined) receive(hook, Number(JSON.parse(text).data.mid));
      response.end();
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  },

  async connect({ port }: { port: number }): Promise<void> {
    for (const account of accounts) await connect(port, account);
    await openMany(port, CHANNELS, (socket, index) => socket.subscribe(`channel-${index}`));
  },

  /** Returns the rate at full load, while all devices stay. */
  async measure({ port, ms }: TrafficCall): Promise<number> {
    const started = performance.now();
    const { count } = await load({ port, ms });
    const rate = (count * 1000) / (performance.now() - started);
    await settle();
    return rate;
  },

  async run({ port, ms, ...call }: TrafficCall): Promise<TrafficResult> {
    const until = performance.now() + ms;
    const comings = accounts.filter(comesAndGoes).map((account) => restless(port, account, until));
    const { count, late } = await load({ port, ms, ...call });
    await Promise.all(comings);
    await settle();
    for (const account of accounts) await leave(account);
    return { count, late, returns, lost: missing(), repeated };
  },
});
