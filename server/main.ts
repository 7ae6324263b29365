#!/usr/bin/env node
// The command line: finds the command, reads its options, and turns every failure into one message and an exit code.
import { DataError } from './backends/embedded/index.ts';
import { type Command, type CommandIo, parseOptions, UsageError } from './cli/command.ts';
import { commands } from './cli/index.ts';
import { version } from './cli/version.ts';
import { ConfigError } from './config/problems.ts';
import { RelayError } from './errors.ts';

const HELP = `usage: herald [COMMAND] [OPTIONS]

${commands.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join('\n')}

  --help      this text, or that of a command
  --version   the version
`;

/** What the process exits with: 0 done, 1 failed, 2 a wrong command line or config; commands add their own. */
async function run(args: readonly string[], io: CommandIo): Promise<number> {
  const [first] = args;
  if (first === '--version' || first === '-v') {
    io.stdout.write(`${version}\n`);
    return 0;
  }
  const named = commands.find(({ name }) => name === first);
  if (named === undefined && (first === '--help' || first === '-h' || first === 'help')) {
    io.stdout.write(HELP);
    return 0;
  }
  if (named === undefined && first !== undefined && !first.startsWith('-')) {
    throw new UsageError([`unknown command ${first}; see herald --help`]);
  }
  const [fallback] = commands;
  return runCommand(named ?? fallback, named === undefined ? args : args.slice(1), io);
}

async function runCommand(command: Command, args: readonly string[], io: CommandIo): Promise<number> {
  const parsed = parseOptions(args, { ...command.options, help: { type: 'boolean', short: 'h' } });
  if (parsed.flag('help')) {
    io.stdout.write(command.help);
    return 0;
  }
  return command.run(parsed, io);
}

/** The message of a failure that is the operator's to mend, with its exit code; undefined for a bug. */
function explain(error: unknown): { readonly text: string; readonly code: number } | undefined {
  if (error instanceof UsageError || error instanceof ConfigError) return { text: error.message, code: 2 };
  if (error instanceof DataError || error instanceof RelayError) return { text: error.message, code: 1 };
  if (error instanceof Error && 'syscall' in error && 'port' in error) {
    const { code, port } = error as NodeJS.ErrnoException & { port: unknown };
    const why = code === 'EADDRINUSE' ? 'is in use by another program' : `cannot be listened on (${code})`;
    return { text: `port ${port} ${why}`, code: 1 };
  }
  return undefined;
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

try {
  const { env, stdin, stdout, stderr } = process;
  process.exitCode = await run(process.argv.slice(2), {
    env,
    cwd: process.cwd(),
    stdin,
    stdout,
    stderr,
    signal: stop.signal,
  });
} catch (error) {
  const explained = explain(error);
  process.stderr.write(`herald: ${explained?.text ?? (error instanceof Error ? error.stack : String(error))}\n`);
  process.exitCode = explained?.code ?? 1;
}
