// Child processes of a benchmark, under plain node, that do what it calls: the loads, and the message log without a relay.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Build } from '../contenders/contender.ts';
import type { Call, CallResult } from './calls.ts';
import { onExit } from './exit.ts';
import { within } from './within.ts';

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** How long in ms an answer may take. */
const ANSWER_LIMIT = 120_000;

/** This checkout, and the node that runs this. */
export const OWN: Build = { checkout: fileURLToPath(new URL('../..', import.meta.url)), node: process.execPath };

/** The built file of a program: `bench/servers/raw` is `dist/modules/bench/servers/raw.js`. */
export function built(program: string, checkout = OWN.checkout): string {
  return join(checkout, `dist/modules/${program}.js`);
}

/** A process that answers calls; see calls.ts. */
export class Child {
  readonly #process: ChildProcess;
  readonly #program: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** @param program as `built` takes it */
  constructor(program: string, { checkout, node }: Build = OWN) {
    this.#program = program;
    this.#process = fork(built(program, checkout), {
      execPath: node,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#process.on('message', (answer) => this.#settle(answer as CallResult));
    this.#process.on('exit', (code, signal) => {
      const error = new Error(`${program} ended with ${signal ?? code}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    onExit(() => this.#process.kill('SIGKILL'));
  }

  /**
   * Calls a handler of the child.
   * @param limit how long its answer may take, in ms
   * @throws Error with the child's error text, if the child ends, or if the answer is late
   */
  call<Result>(name: string, argument: unknown = {}, limit = ANSWER_LIMIT): Promise<Result> {
    const answer = new Promise<Result>((resolve, reject) => {
      const id = ++this.#lastId;
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, argument } satisfies Call, (error) => {
        if (error !== null) reject(error);
      });
    });
    return within(limit, () => `${this.#program} answers '${name}'`, answer);
  }

  /** CPU time of all threads so far, in µs. */
  cpu(): Promise<number> {
    return this.call('cpu');
  }

  /** Ends the process at once. */
  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await gone;
  }

  #settle(answer: CallResult): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('error' in answer) waiting?.reject(new Error(answer.error));
    else waiting?.resolve(answer.result as never);
  }
}
