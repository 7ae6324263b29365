// The list of commands. The first one runs if the command line names none. A command's file is loaded when the command
// runs, because loading the whole relay would make `send` start several times slower.
import type { CommandEntry } from './command.ts';

/** Every command. */
export const commands: readonly [CommandEntry, ...CommandEntry[]] = [
  {
    name: 'serve',
    summary: 'run the relay (the default)',
    load: async () => (await import('./serve.ts')).serve,
  },
  {
    name: 'send',
    summary: 'send a message, and show who has it',
    load: async () => (await import('./send.ts')).send,
  },
  {
    name: 'ask',
    summary: 'ask a question, and print the answer',
    load: async () => (await import('./ask.ts')).ask,
  },
  {
    name: 'answer',
    summary: 'answer a question, or list those that are open',
    load: async () => (await import('./answer.ts')).answer,
  },
  {
    name: 'listen',
    summary: 'receive messages in the terminal, or run a command for each one',
    load: async () => (await import('./listen.ts')).listen,
  },
  {
    name: 'e2e',
    summary: 'make and keep keys for encrypted messages',
    load: async () => (await import('./e2e.ts')).e2e,
  },
  {
    name: 'pair',
    summary: 'print a link that pairs one phone',
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
    name: 'keys',
    summary: 'list, create, rotate or remove keys of senders',
    load: async () => (await import('./keys.ts')).keys,
  },
  {
    name: 'nodes',
    summary: 'list the nodes of the relay',
    load: async () => (await import('./nodes.ts')).nodes,
  },
  {
    name: 'apps',
    summary: 'list, create or remove apps for Pusher SDKs, or give one a new key',
    load: async () => (await import('./apps.ts')).apps,
  },
  {
    name: 'messages',
    summary: 'list the messages of a device',
    load: async () => (await import('./messages.ts')).messages,
  },
  {
    name: 'alerts',
    summary: 'list the alerts that are open, or close one',
    load: async () => (await import('./alerts.ts')).alerts,
  },
  {
    name: 'scheduled',
    summary: 'list the messages that are due later; cancel, skip or send one',
    load: async () => (await import('./scheduled.ts')).scheduled,
  },
  {
    name: 'beat',
    summary: 'tell that something lives, or run a command and tell how it ended',
    load: async () => (await import('./beat.ts')).beat,
  },
  {
    name: 'beats',
    summary: 'list the heartbeats; pause or remove one',
    load: async () => (await import('./beats.ts')).beats,
  },
  {
    name: 'config',
    summary: 'print the config in use, without secrets',
    load: async () => (await import('./config.ts')).config,
  },
  {
    name: 'backup',
    summary: 'write everything durable to one file; the relay may run',
    load: async () => (await import('./backup.ts')).backup,
  },
  {
    name: 'restore',
    summary: 'fill an empty data directory, or an empty Redis, from a backup',
    load: async () => (await import('./restore.ts')).restore,
  },
  {
    name: 'doctor',
    summary: 'check this relay and what it needs, and say what to do',
    load: async () => (await import('./doctor.ts')).doctor,
  },
  {
    name: 'service',
    summary: 'install or remove the relay as a service of systemd',
    load: async () => (await import('./service.ts')).service,
  },
  {
    name: 'login',
    summary: 'keep the address and the token of a relay for the other commands',
    load: async () => (await import('./login.ts')).login,
  },
  {
    name: 'logout',
    summary: 'forget what login keeps',
    load: async () => (await import('./logout.ts')).logout,
  },
  {
    name: 'open',
    summary: 'open the page in a browser',
    load: async () => (await import('./open.ts')).open,
  },
  {
    name: 'update-check',
    summary: 'say whether there is a newer version, and how to get it',
    load: async () => (await import('./update-check.ts')).updateCheck,
  },
  {
    name: 'completion',
    summary: 'print a script that completes commands and options in a shell',
    load: async () => (await import('./completion.ts')).completion,
  },
  {
    name: 'help',
    summary: 'print the help of a command, or all of it as a man page',
    load: async () => (await import('./help.ts')).help,
  },
];
