// The list of the commands, one line each; the first one runs when none is named. A command's file is loaded when it
// runs, since the relay's own parts would make `send` several times slower to start.
import { setFlagsFromString } from 'node:v8';
import type { Command } from './command.ts';

/** A command in the list. */
export interface CommandEntry {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  load(): Promise<Command>;
}

/** Every command. */
export const commands: readonly [CommandEntry, ...CommandEntry[]] = [
  {
    name: 'serve',
    summary: 'run the relay (the default)',
    load: async () => (await leanly(() => import('./serve.ts'))).serve,
  },
  {
    name: 'send',
    summary: 'send a message, and tell who has it',
    load: async () => (await import('./send.ts')).send,
  },
  {
    name: 'listen',
    summary: 'receive messages in the terminal, or run a command for each',
    load: async () => (await import('./listen.ts')).listen,
  },
  {
    name: 'pair',
    summary: 'print a link that lets one phone in',
    load: async () => (await import('./pair.ts')).pair,
  },
  {
    name: 'token',
    summary: 'print the token of the relay on this machine',
    load: async () => (await import('./token.ts')).token,
  },
  {
    name: 'devices',
    summary: 'list the devices, or remove one',
    load: async () => (await import('./devices.ts')).devices,
  },
  {
    name: 'apps',
    summary: 'list, create or remove the apps of Pusher SDKs, or give one a new key',
    load: async () => (await import('./apps.ts')).apps,
  },
  {
    name: 'messages',
    summary: 'list the messages of a device',
    load: async () => (await import('./messages.ts')).messages,
  },
  {
    name: 'config',
    summary: 'print the effective config, secrets masked',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'backup',
    summary: 'write everything durable to one file, while the relay runs',
    load: async () => (await import('./backup.ts')).backup,
  },
  {
    name: 'restore',
    summary: 'fill an empty data directory from a backup',
    load: async () => (await import('./restore.ts')).restore,
  },
];

/**
 * Loads a program that stays. Each collection meanwhile is a whole one: the engine would otherwise make room for as many
 * short-lived objects as modules are that never die, and keep it, a tenth of the memory of a relay at rest.
 */
async function leanly<T>(load: () => Promise<T>): Promise<T> {
  setFlagsFromString('--gc-global');
  try {
    return await load();
  } finally {
    setFlagsFromString('--no-gc-global');
  }
}
