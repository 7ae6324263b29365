// A wire in front of a Redis server that breaks in the ways of networks: at once, after the n-th command, half open,
// slow. It passes every byte once and in order until it breaks.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onCleanup } from '../cleanup.ts';
import { commandName, createSplitter } from './resp.ts';

/** Where a wire breaks at a command. */
export type Moment =
  /** Redis never gets the command. */
  | 'before'
  /** Redis runs the command, and its reply is lost. */
  | 'unanswered'
  /** The reply is the last that passes. */
  | 'after';

/** A wire to one server. */
export interface FaultWire {
  readonly port: number;
  /** How many commands came so far, without those of {@link UNCOUNTED}. */
  readonly commands: number;
  /** How many connections are open. */
  readonly connections: number;
  /** Breaks all connections. New ones are possible. */
  cut(): void;
  /** Breaks the connection with the n-th command from now on. Resolves when it has happened. */
  cutAt(n: number, moment: Moment): Promise<void>;
  /** Passes nothing in either direction: all connections are half open, and new ones get no answer. */
  pause(): void;
  /** Passes everything again, what was held back first. */
  resume(): void;
  /** Closes all connections, and new ones at once. */
  down(): void;
  up(): void;
  /** Passes replies and notices that many ms late. */
  delay(ms: number): void;
}

/** What every new connection says, so that tests count only what comes after it. */
const GREETINGS = ['HELLO', 'AUTH', 'CLIENT', 'SELECT', 'SCRIPT', 'SUBSCRIBE', 'SSUBSCRIBE', 'ROLE', 'INFO'];
/** What is not counted. Notices confirm the end of a subscription, so there is no reply to break at. */
const UNCOUNTED = new Set([...GREETINGS, 'UNSUBSCRIBE', 'SUNSUBSCRIBE']);

/** One connection through a wire. */
class Passage {
  readonly #client: Socket;
  readonly #server: Socket;
  /** Replies that are still to come, until the last command that Redis gets. */
  #unanswered = 0;
  #last: Moment | undefined;
  #held: (() => void)[] = [];
  /** Replies that are delayed, oldest first. Each timer passes the oldest. */
  readonly #late: (() => void)[] = [];
  isPaused = false;
  delay = 0;

  constructor(client: Socket, server: Socket, onCommand: (passage: Passage, command: Buffer) => void) {
    this.#client = client;
    this.#server = server;
    const commands = createSplitter();
    const replies = createSplitter();
    client.on('data', (chunk) => {
      for (const command of commands(chunk)) this.#pass(() => onCommand(this, command));
    });
    server.on('data', (chunk) => {
      for (const reply of replies(chunk)) this.#pass(() => this.#reply(reply));
    });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      // Each value is a write of its own: otherwise the second of a turn waits 40 ms for the other side's delayed ACK.
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  }

  /** Lets Redis have the command. @param moment if it is the last one, where the wire breaks */
  send(command: Buffer, moment?: Moment): void {
    if (this.#last !== undefined) return;
    this.#last = moment;
    if (moment === 'before') {
      this.destroy();
      return;
    }
    // A subscription is confirmed by a notice.
    if (!commandName(command).endsWith('SUBSCRIBE')) this.#unanswered += 1;
    this.#server.write(command);
  }

  #reply(reply: Buffer): void {
    const isPush = reply[0] === '>'.charCodeAt(0);
    if (!isPush) this.#unanswered -= 1;
    const isLast = this.#last !== undefined && this.#unanswered === 0 && !isPush;
    const isLost = isLast && this.#last === 'unanswered';
    this.#late.push(() => {
      if (!isLost) this.#client.write(reply);
      // What was passed before still arrives.
      if (isLast) this.#client.end(() => this.destroy());
    });
    if (this.delay === 0 && this.#late.length === 1) this.#late.shift()?.();
    else setTimeout(() => this.#late.shift()?.(), this.delay);
  }

  #pass(what: () => void): void {
    if (this.isPaused) this.#held.push(what);
    else what();
  }

  resume(): void {
    this.isPaused = false;
    for (const pass of this.#held.splice(0)) pass();
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }
}

/** Lays a wire to a port of this machine, which is taken away after the test. */
export async function layWire(port: number): Promise<FaultWire> {
  const passages = new Set<Passage>();
  let commands = 0;
  let delay = 0;
  let isPaused = false;
  let isDown = false;
  let plan: { left: number; readonly moment: Moment; readonly done: () => void } | undefined;

  const onCommand = (passage: Passage, command: Buffer) => {
    if (UNCOUNTED.has(commandName(command))) return passage.send(command);
    commands += 1;
    if (plan === undefined) return passage.send(command);
    plan.left -= 1;
    if (plan.left > 0) return passage.send(command);
    const { moment, done } = plan;
    plan = undefined;
    passage.send(command, moment);
    done();
  };

  const server = createServer((client) => {
    client.on('error', () => {});
    if (isDown) return void client.destroy();
    const passage = new Passage(client, connect(port, '127.0.0.1'), onCommand);
    Object.assign(passage, { isPaused, delay });
    passages.add(passage);
    client.on('close', () => passages.delete(passage));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const passage of passages) passage.destroy();
  };
  onCleanup(() => {
    cut();
    server.close();
  });

  return {
    port: (server.address() as AddressInfo).port,
    get commands() {
      return commands;
    },
    get connections() {
      return passages.size;
    },
    cut,
    cutAt: (n, moment) =>
      new Promise((done) => {
        plan = { left: n, moment, done };
      }),
    pause() {
      isPaused = true;
      for (const passage of passages) passage.isPaused = true;
    },
    resume() {
      isPaused = false;
      for (const passage of passages) passage.resume();
    },
    down() {
      isDown = true;
      cut();
    },
    up() {
      isDown = false;
    },
    delay(ms) {
      delay = ms;
      for (const passage of passages) passage.delay = ms;
    },
  };
}
