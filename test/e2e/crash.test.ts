import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { connect, type Packet, type TestSocket } from '../support/socket.ts';
import { tempDir } from '../support/temp-dir.ts';
import { type Kept, Ledger } from './ledger.ts';
import { seeded } from './random.ts';
import { type RelayProcess, startRelayProcess, TOKEN } from './relay-process.ts';

const ROUNDS = 20;
/** On a busy machine, where a start takes long, a quarter of them will do; in ms. */
const LONG = 100_000;
const SENDERS = 8;
/** Facts after which a round's relay is killed, at most. */
const LONGEST_ROUND = 200;
/** The most turns of the event loop between the last awaited fact and the kill: some ms. */
const TURNS = 1000;
const DEVICES = ['phone', 'tablet', 'offline'];
const CONFIG = { websocket: { retryTimeout: 100, waitTimeout: 500 }, http: { waitTimeout: 500 } };

/** How a device answers a message: over its socket, over HTTP, or not this time. */
type Manner = 'socket' | 'http' | 'none';

const headers = { authorization: TOKEN, 'content-type': 'application/json' };

/** The outside world: devices, senders, and what they know. */
class Outside {
  readonly ledger = new Ledger();
  readonly #random: () => number;
  #texts = 0;
  #running = false;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Connects a device that answers each message in a manner of its own. */
  async device(relay: RelayProcess, name: string, manner: () => Manner): Promise<TestSocket> {
    const socket = await connect(`ws://127.0.0.1:${relay.port}/`);
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name, group: name === 'sender' ? '' : 'all' } });
    const { data } = await socket.packet('AUTH');
    expect(data.code).to.equal(200);
    const take = (packet: Packet) => {
      if (packet.cmd === 'MESSAGE_REPLY') this.ledger.reply(packet.data.mid, packet.data.status);
      if (packet.cmd === 'MESSAGE') this.#receive(relay, socket, name, packet.data.mid, data.auth, manner());
    };
    // What came with the answer to AUTH is read already; `packet` above has taken the first frame alone.
    for (const frame of socket.frames.slice(1)) take(JSON.parse(frame));
    socket.ws.on('message', (frame) => take(JSON.parse(frame.toString())));
    return socket;
  }

  #receive(relay: RelayProcess, socket: TestSocket, name: string, mid: string, auth: string, manner: Manner): void {
    this.ledger.delivery(name, mid);
    if (manner === 'none') return;
    this.ledger.trying(name, mid);
    const packet = { cmd: 'MESSAGE_CALLBACK', data: { mid } };
    if (manner === 'socket') {
      socket.send(packet);
      return;
    }
    fetch(relay.url('/'), { method: 'POST', headers, body: JSON.stringify({ ...packet, auth }) }).then(
      async (answer) => {
        const { data } = (await answer.json().catch(() => ({ data: '' }))) as Packet;
        if (data === 'ok') this.ledger.acknowledged(name, mid);
      },
      () => undefined,
    );
  }

  /** Sends from all sides until `stop`. A send that gets no reply promised nothing. */
  load(relay: RelayProcess, sender: TestSocket): void {
    this.#running = true;
    for (let n = 0; n < SENDERS; n += 1) void this.#sendOn(relay);
    const packet = { cmd: 'MESSAGE', data: { sendType: 'group', target: 'all', message: { text: 'by socket' } } };
    for (let n = 0; n < 4; n += 1) sender.send(packet);
    sender.ws.on('message', () => {
      if (this.#running) sender.send(packet);
    });
  }

  stop(): void {
    this.#running = false;
  }

  async #sendOn(relay: RelayProcess): Promise<void> {
    while (this.#running) {
      this.#texts += 1;
      const text = `text ${this.#texts}`;
      const [path, init] = this.#choose(text);
      try {
        const answer = await fetch(relay.url(path), { headers, ...init });
        const { data } = (await answer.json()) as Packet;
        if (answer.status === 200) this.ledger.reply(data.mid, data.status, text);
        else this.ledger.fault ??= new Error(`${path} was answered ${answer.status}: ${JSON.stringify(data)}`);
      } catch {
        // The relay was killed before it answered.
        return;
      }
    }
  }

  #choose(text: string): [string, RequestInit] {
    const wait = this.#random() < 0.5 ? 0 : 50;
    const dice = this.#random();
    if (dice < 0.4) return [`/phone.send?text=${text}&wait=1000`, {}];
    if (dice < 0.55) return [`/offline.send?text=${text}&wait=0`, {}];
    if (dice < 0.7) {
      const data = { sendType: 'personal', target: 'tablet', message: { text } };
      return [`/?wait=${wait}`, { method: 'POST', body: JSON.stringify({ cmd: 'MESSAGE', data }) }];
    }
    if (dice < 0.95) return [`/all.group?text=${text}&wait=${wait}`, {}];
    return [`/nobody.send?text=${text}`, {}];
  }
}

async function history(relay: RelayProcess, device: string): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (;;) {
    const since = kept.at(-1)?.mid ?? '0';
    const answer = await fetch(relay.url(`/v1/devices/${device}/messages?limit=1000&since=${since}`), { headers });
    const { messages } = (await answer.json()) as { messages: Kept[] };
    if (messages.length === 0) return kept;
    kept.push(...messages);
  }
}

describe('a relay that is killed again and again', function () {
  this.timeout(300_000);

  it('loses no accepted message, repeats no acknowledged one, and delivers the rest in order', async () => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const random = seeded(seed);
    const outside = new Outside(random);
    const { ledger } = outside;
    const dir = await tempDir();

    /** The next process on the same directory, compared with everything known so far. */
    async function restart(): Promise<RelayProcess> {
      const relay = await startRelayProcess(dir, CONFIG);
      ledger.nextRound();
      if (ledger.round > 1) for (const device of DEVICES) ledger.compare(device, await history(relay, device));
      return relay;
    }

    async function round(): Promise<void> {
      const relay = await restart();
      if (ledger.round === 1) (await outside.device(relay, 'offline', () => 'none')).ws.terminate();
      const phone = await outside.device(relay, 'phone', () => 'socket');
      const manners: readonly Manner[] = ['socket', 'http', 'none'];
      await outside.device(relay, 'tablet', () => manners[Math.floor(random() * manners.length)] ?? 'none');
      await phone.settle();
      const enough = ledger.facts(1 + Math.floor(random() * LONGEST_ROUND));
      outside.load(relay, await outside.device(relay, 'sender', () => 'none'));
      await enough;
      // Facts come in bursts. Some turns of the event loop later, the moment of the kill is not tied to them.
      for (let turns = random() * TURNS; turns > 0; turns -= 1) await nextTurn();
      outside.stop();
      await relay.kill();
      if (ledger.fault !== undefined) throw ledger.fault;
    }

    try {
      const began = Date.now();
      while (ledger.round < ROUNDS && (ledger.round < ROUNDS / 4 || Date.now() - began < LONG)) await round();
      const rounds = ledger.round;

      const relay = await restart();
      for (const device of DEVICES) {
        const open = (await history(relay, device)).filter(({ status }) => status !== 'ok');
        const socket = await outside.device(relay, device, () => 'socket');
        // Also what an earlier process had brought already: it comes once more, and is acknowledged only then.
        const awaited = new Set(open.map(({ mid }) => mid));
        while (awaited.size > 0) awaited.delete((await socket.packet('MESSAGE')).data.mid);
        await socket.settle();
        const kept = await history(relay, device);
        ledger.compare(device, kept);
        const left = kept.filter(({ status }) => status !== 'ok').map(({ mid }) => mid);
        expect(left, `unsettled for ${device}`).to.deep.equal([]);
      }
      if (ledger.fault !== undefined) throw ledger.fault;
      // Far below what is usual: how much a round brings is left to chance.
      const { replies, deliveries, settled } = ledger.totals;
      expect(replies, 'replies').to.be.above(5 * rounds);
      expect(deliveries, 'deliveries').to.be.above(5 * rounds);
      expect(settled, 'settled deliveries').to.be.above(rounds);
    } catch (error) {
      throw new Error(`round ${ledger.round}, seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  });
});
