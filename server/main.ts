#!/usr/bin/env node
// The process: it connects a command line to its streams, signals and exit code.
import { run } from './cli/run.ts';

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

// A write reports by itself that the reader is gone. Without a listener, the error event would end the process.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const { env, stdout, stderr } = process;
void run(process.argv.slice(2), {
  env,
  cwd: process.cwd(),
  // Opened only when a command reads it: some inherited inputs cannot be opened.
  get stdin() {
    return process.stdin;
  },
  stdout,
  stderr,
  signal: stop.signal,
  // An unread standard input would keep the process alive.
}).then((code) => process.exit(code));
