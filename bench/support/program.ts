// Any program as a process under test. Its CPU time and memory are read from outside, so it needs no code of ours.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onExit, tempDir } from './exit.ts';
import { answered } from './first-answer.ts';
import { cpuTime, residentMemory } from './proc.ts';

/** How a program is started. */
export interface ProgramOptions {
  /** The port that its arguments or its config name. */
  readonly port: number;
  /** A path to ask over HTTP until it answers; see first-answer.ts. */
  readonly path: string;
  readonly cwd?: string;
  /** Whether it has loaded collect.ts. */
  readonly collects?: boolean;
  readonly env?: Readonly<Record<string, string>>;
}

/** How long in ms a program may take to answer. */
const START_LIMIT = 20_000;
/** How long in ms a program may take to end by itself. */
const END_LIMIT = 20_000;
/** Wait in ms after a collection was asked for. */
const COLLECTION = 500;

/** A running program, its output in a file. */
export class Program {
  readonly port: number;
  /** From its start to its first answer, in ms. */
  startTime = Number.NaN;
  readonly #process: ChildProcess;
  readonly #log = join(tempDir(), 'output');
  readonly #ended: Promise<void>;
  readonly #command: string;
  readonly #collects: boolean;

  private constructor(
    command: string,
    args: readonly string[],
    { port, cwd, collects = false, env = {} }: ProgramOptions,
  ) {
    this.port = port;
    this.#collects = collects;
    this.#command = command;
    const log = openSync(this.#log, 'w');
    this.#process = spawn(command, args, {
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve());
      this.#process.once('error', () => resolve());
    });
    onExit(() => this.#process.kill('SIGKILL'));
  }

  /** Resolves when the program answers. @throws Error with its output if it ends before, or takes too long */
  static async start(command: string, args: readonly string[], options: ProgramOptions): Promise<Program> {
    const started = performance.now();
    const program = new Program(command, args, options);
    await program.#answers(options.path);
    program.startTime = performance.now() - started;
    return program;
  }

  async #answers(path: string): Promise<void> {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), START_LIMIT);
    void this.#ended.then(() => stop.abort());
    try {
      await answered(this.port, path, stop.signal);
    } catch {
      throw new Error(`${this.#command} did not start:\n${readFileSync(this.#log, 'utf8').slice(-2000)}`);
    } finally {
      clearTimeout(limit);
    }
  }

  /** CPU time of the program and its children so far, in µs. */
  async cpu(): Promise<number> {
    return cpuTime(this.#pid());
  }

  /** Resident memory of the program and its children, in bytes. */
  async memory(): Promise<number> {
    return residentMemory(this.#pid());
  }

  /** Collects garbage, if the program can. */
  async collect(): Promise<void> {
    if (!this.#collects) return;
    this.#process.kill('SIGUSR2');
    await sleep(COLLECTION);
  }

  /** Ends the program at once. */
  async end(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  /** Lets the program close what it has open. @throws Error if it takes too long */
  async close(): Promise<void> {
    this.#process.kill('SIGTERM');
    const late = sleep(END_LIMIT, true, { ref: false });
    if (await Promise.race([late, this.#ended.then(() => false)])) throw new Error(`${this.#command} did not close`);
  }

  #pid(): number {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) throw new Error(`${this.#command} has ended`);
    return pid;
  }
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
