// Runs one command line: finds the command, reads its options, and turns every failure into a message and an exit code.

import { version } from '../base/installation.ts';
import {
  type CommandEntry,
  CommandError,
  type CommandIo,
  findCommand,
  type OptionTable,
  parseOptions,
  UsageError,
} from './command.ts';
import { commands } from './index.ts';
import { note, visible, write } from './output.ts';

/**
 * Runs a command line.
 * @returns the exit code: 0 done, 1 failed, 2 wrong command line or config; commands add their own
 */
export async function run(args: readonly string[], io: CommandIo): Promise<number> {
  try {
    return await dispatch(args, io);
  } catch (error) {
    const { text, code } = await explain(error, io);
    await note(io, text);
    return code;
  }
}

async function dispatch(args: readonly string[], io: CommandIo): Promise<number> {
  const [first] = args;
  if (first === '--version' || first === '-v') {
    await write(io.stdout, `${version}\n`);
    return 0;
  }
  if (first === '--help' || first === '-h') return runCommand(findCommand('help', commands), [], io);
  const [fallback] = commands;
  if (first === undefined || first.startsWith('-')) return runCommand(fallback, args, io);
  return runCommand(findCommand(first, commands), args.slice(1), io);
}

async function runCommand(entry: CommandEntry, args: readonly string[], io: CommandIo): Promise<number> {
  const command = await entry.load();
  const options: OptionTable = { ...command.options, help: { type: 'boolean', short: 'h' } };
  const parsed = parseOptions(args, { ...command, options });
  if (!parsed.flag('help')) return command.run(parsed, io, commands);
  await write(io.stdout, command.help);
  return 0;
}

/** The message and exit code for a failure. An unexpected error is a bug, so its stack is printed. */
async function explain(error: unknown, io: CommandIo): Promise<{ readonly text: string; readonly code: number }> {
  if (error instanceof UsageError) return { text: error.problems.map(visible).join('\nherald: '), code: 2 };
  if (error instanceof CommandError) return { text: error.message, code: error.exitCode };
  // Imported only here, to keep commands fast. Code that throws one of these errors has already loaded its module.
  const [{ ConfigError }, { DataError }, { RelayError }] = await Promise.all([
    import('../config/problems.ts'),
    import('../backends/embedded/index.ts'),
    import('../base/errors.ts'),
  ]);
  if (error instanceof ConfigError) return { text: error.message, code: 2 };
  if (error instanceof DataError || error instanceof RelayError) return { text: error.message, code: 1 };
  const refused = listenProblem(error);
  if (refused !== undefined) return { text: refused, code: 1 };
  if (io.signal.aborted) return { text: 'interrupted', code: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), code: 1 };
}

/** Why the relay cannot listen; undefined for an error that is not about listening. */
function listenProblem(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error)) return undefined;
  const code = 'code' in error ? error.code : undefined;
  if (error.syscall === 'getaddrinfo' && 'hostname' in error)
    return `http.host ${visible(String(error.hostname))} is no host name that this machine knows (${code})`;
  if (code === 'EADDRNOTAVAIL' && 'address' in error) return `http.host ${error.address} is no address of this machine`;
  if (!('port' in error)) return undefined;
  const { port } = error;
  if (code === 'EADDRINUSE') return `port ${port} is in use by another program`;
  if (code === 'EACCES') return `port ${port} needs permissions that this user does not have`;
  return `cannot listen on port ${port} (${code})`;
}
