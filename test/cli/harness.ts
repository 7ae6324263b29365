// A command line in a test's hands: run in this process, with streams of its own.

import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import type { Output } from '../../server/cli/command.ts';
import { run } from '../../server/cli/run.ts';
import { onCleanup } from '../support/cleanup.ts';
import { eventually } from '../support/eventually.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What differs from a pipe without input in an empty directory. */
export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** What is piped in. */
  readonly input?: string | Buffer | Readable;
  /** Whether all three streams are a terminal. */
  readonly terminal?: boolean;
  readonly stdout?: Output;
}

/** How it ended, and what it wrote. */
export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A stream that keeps what is written to it. */
class Capture extends Writable {
  readonly isTTY: boolean;
  text = '';
  #waiting: (() => void)[] = [];

  constructor(isTTY: boolean) {
    super({ decodeStrings: true });
    this.isTTY = isTTY;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const wake of this.#waiting.splice(0)) wake();
    done();
  }

  /** Resolves once the text has been written. */
  async until(text: string): Promise<void> {
    await eventually(`the command writes ${text}`, () => this.text, { until: (written) => written.includes(text) });
  }
}

/** A command that runs. */
export interface RunningCli {
  readonly stdout: Capture;
  readonly stderr: Capture;
  readonly result: Promise<CliResult>;
  /** As a signal does. */
  stop(): void;
}

/** Starts a command line; it is stopped after the test. */
export async function start(args: readonly string[], options: CliOptions = {}): Promise<RunningCli> {
  const isTTY = options.terminal === true;
  const stop = new AbortController();
  const [stdout, stderr] = [new Capture(isTTY), new Capture(isTTY)];
  const { input = '' } = options;
  const piped = input instanceof Readable ? input : Readable.from(input === '' ? [] : [Buffer.from(input)]);
  // A terminal at which nobody types.
  const stdin = isTTY ? Object.assign(new Readable({ read() {} }), { isTTY }) : piped;
  const cwd = options.cwd ?? (await tempDir());
  const running = run(args, {
    // Nothing of the user who runs the tests.
    env: { XDG_CONFIG_HOME: join(cwd, '.config'), ...options.env },
    cwd,
    stdin,
    stdout: options.stdout ?? stdout,
    stderr,
    signal: stop.signal,
  });
  const result = running.then((code) => ({ code, stdout: stdout.text, stderr: stderr.text }));
  onCleanup(async () => {
    stop.abort();
    await result;
  });
  return { stdout, stderr, result, stop: () => stop.abort() };
}

/** Runs a command line to its end. */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return (await start(args, options)).result;
}
