#!/usr/bin/env node
// The process around a command line: its streams, its signals, its exit code.
import { run } from './cli/run.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

// Whoever writes learns of a reader that has gone from the write itself; without a listener it would end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const { env, stdout, stderr } = process;
const code = await run(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  // Opened when a command reads it, since some that the process may inherit cannot be opened.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  signal: stop.signal,
});

// Not by itself: an unread standard input would keep the process alive.
process.exit(code);
