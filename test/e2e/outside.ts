// The world around relays that are killed: devices that come back and senders that try again, and what they know.
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { connect, type Packet, type TestSocket } from '../support/socket.ts';
import { type Kept, Ledger } from './ledger.ts';
import { type RelayProcess, TOKEN } from './relay-process.ts';

const SENDERS = 8;
/** How long a client rests before it tries again, in ms. */
const REST = 50;
/** How long it waits for a socket, in ms. */
const HANDSHAKE = 5000;

/** How a device answers a message: over its socket, over HTTP, or not this time. */
export type Manner = 'socket' | 'http' | 'none';

/** Finds a relay that a client may ask now. */
type Pick = () => RelayProcess;

const headers = { authorization: TOKEN, 'content-type': 'application/json' };

/** Devices, senders, and what they know. */
export class Outside {
  readonly ledger = new Ledger();
  readonly #random: () => number;
  readonly #mayRefuse: boolean;
  readonly #rest: number;
  #texts = 0;
  #isRunning = false;
  readonly #loops: Promise<void>[] = [];
  readonly #residents = new Map<string, TestSocket>();

  /**
   * @param mayRefuse whether a relay may answer 503, because it has not died alone
   * @param rest how long each sender rests between two messages, in ms
   */
  constructor(random: () => number, mayRefuse = false, rest = 0) {
    this.#rest = rest;
    this.#random = random;
    this.#mayRefuse = mayRefuse;
  }

  /** Connects a device that answers each message in a manner of its own. */
  async device(relay: RelayProcess, name: string, manner: () => Manner): Promise<TestSocket> {
    const socket = await connect(`ws://127.0.0.1:${relay.port}/`, { handshakeTimeout: HANDSHAKE });
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

  /** Keeps a device connected to some relay until `stop`. Resolves when it is connected for the first time. */
  async resident(pick: Pick, name: string, manner: () => Manner): Promise<void> {
    this.#isRunning = true;
    const first = await this.device(pick(), name, manner);
    this.#loops.push(this.#stay(first, pick, name, manner));
  }

  async #stay(first: TestSocket, pick: Pick, name: string, manner: () => Manner): Promise<void> {
    let socket: TestSocket | undefined = first;
    while (this.#isRunning) {
      if (socket !== undefined) this.#residents.set(name, socket);
      await (socket?.closed ?? pause(REST));
      if (this.#isRunning) socket = await this.device(pick(), name, manner).catch(() => undefined);
    }
    socket?.ws.terminate();
    await socket?.closed;
  }

  /** Sends from all sides until `stop`. A send that gets no reply promised nothing. */
  load(pick: Pick, sender?: TestSocket): void {
    this.#isRunning = true;
    for (let n = 0; n < SENDERS; n += 1) this.#loops.push(this.#sendOn(pick));
    if (sender === undefined) return;
    const packet = { cmd: 'MESSAGE', data: { sendType: 'group', target: 'all', message: { text: 'by socket' } } };
    for (let n = 0; n < 4; n += 1) sender.send(packet);
    sender.ws.on('message', () => {
      if (this.#isRunning) sender.send(packet);
    });
  }

  /** Resolves when no request is under way and every resident is gone. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    for (const { ws } of this.#residents.values()) ws.terminate();
    await Promise.all(this.#loops.splice(0));
    this.#residents.clear();
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
    const answered = fetch(relay.url('/'), { method: 'POST', headers, body: JSON.stringify({ ...packet, auth }) }).then(
      async (answer) => {
        const { data } = (await answer.json().catch(() => ({ data: '' }))) as Packet;
        if (data === 'ok') this.ledger.acknowledged(name, mid);
      },
      () => undefined,
    );
    this.#loops.push(answered);
  }

  async #sendOn(pick: Pick): Promise<void> {
    while (this.#isRunning) {
      if (this.#rest > 0) await pause(this.#rest);
      this.#texts += 1;
      const text = `text ${this.#texts}`;
      const [path, init] = this.#choose(text);
      try {
        const answer = await fetch(pick().url(path), { headers, ...init });
        const { data } = (await answer.json()) as Packet;
        if (answer.status === 200) this.ledger.reply(data.mid, data.status, text);
        else if (this.#mayRefuse && answer.status === 503 && answer.headers.get('retry-after') !== null)
          await pause(REST);
        else this.ledger.fault ??= new Error(`${path} was answered ${answer.status}: ${JSON.stringify(data)}`);
      } catch {
        // The relay was killed before it answered.
        await pause(REST);
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

/** Everything that a relay says a device has. */
export async function historyOf(relay: RelayProcess, device: string): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (;;) {
    const since = kept.at(-1)?.mid ?? '0';
    const answer = await fetch(relay.url(`/v1/devices/${device}/messages?limit=1000&since=${since}`), { headers });
    const { messages } = (await answer.json()) as { messages: Kept[] };
    if (messages.length === 0) return kept;
    kept.push(...messages);
  }
}
