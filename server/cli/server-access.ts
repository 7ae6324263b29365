// Which relay a command talks to, and with which token: from options, then the environment, then `herald login`, then this
// machine's config.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { type CommandIo, type OptionTable, type ParsedOptions, UsageError } from './command.ts';
import { readLogin } from './kept-login.ts';
import { CONFIG_HELP, configOption, loadLocalConfig } from './local-config.ts';
import { ADDRESS_FORM, isLocal, localAddress, parseAddress, type ServerAddress } from './server-address.ts';

/** The address of a relay and the token for it, if one is known. */
export interface ServerAccess extends ServerAddress {
  readonly token: string | undefined;
}

/** The options of every command that talks to a relay. */
export const accessOptions = {
  server: {
    type: 'string',
    expectation: (value) => (parseAddress(value) === undefined ? ADDRESS_FORM : undefined),
  },
  token: { type: 'string' },
  json: { type: 'boolean' },
  ...configOption,
} as const satisfies OptionTable;

/** Help text for {@link accessOptions}. */
export const ACCESS_HELP = `  --server URL    the relay: an http, https, ws or wss URL, or host:port; default HERALD_SERVER, else that of
                  herald login, else the local one
  --token TOKEN   the token; default HERALD_TOKEN or HERALD_TOKEN_FILE, else that of herald login, else that of
                  the relay on this machine
${CONFIG_HELP}`;

/**
 * Finds the relay and the token. The config of this machine is read only if options and variables do not name both, and
 * its token is never sent to another machine.
 *
 * What `herald login` keeps goes before that config, unless an option names the config.
 *
 * @throws UsageError for a wrong address, ConfigError if the config is needed and wrong
 */
export async function findServer(parsed: ParsedOptions, io: Pick<CommandIo, 'env' | 'cwd'>): Promise<ServerAccess> {
  const given = givenAddress(parsed, io.env);
  const token = parsed.value('token') ?? (await givenToken(io));
  if (given !== undefined && token !== undefined) return { ...given, token };
  // A user who names a config or a data directory means the relay on this machine.
  const isLocalMeant = ['config', 'data-dir'].some((name) => parsed.value(name) !== undefined);
  const kept = given === undefined && isLocalMeant ? undefined : await keptAccess(io.env);
  // A token goes only to the relay that it was kept for.
  if (kept !== undefined && (given === undefined || given.http === kept.http)) {
    return { ...kept, token: token ?? kept.token };
  }
  if (given !== undefined && !isLocal(given)) return { ...given, token };

  const { config } = await loadLocalConfig(parsed, io);
  const address = given ?? localAddress(config);
  if (address === undefined) {
    throw new UsageError([
      'the relay on this machine picks its port at each start: pass --server or set HERALD_SERVER',
    ]);
  }
  return { ...address, token: token ?? (await localToken(config)) };
}

/** What `herald login` keeps. */
async function keptAccess(env: CommandIo['env']): Promise<ServerAccess | undefined> {
  const { server = '', token } = (await readLogin(env)) ?? {};
  const address = parseAddress(server);
  return address === undefined ? undefined : { ...address, token };
}

function givenAddress(parsed: ParsedOptions, env: CommandIo['env']): ServerAddress | undefined {
  const option = parsed.value('server');
  if (option !== undefined) return parseAddress(option);
  const variable = env['HERALD_SERVER'];
  if (variable === undefined || variable === '') return undefined;
  const address = parseAddress(variable);
  if (address === undefined) throw new UsageError([`HERALD_SERVER: expected ${ADDRESS_FORM}`]);
  return address;
}

/** HERALD_TOKEN, or the content of the file that HERALD_TOKEN_FILE names. */
async function givenToken({ env, cwd }: Pick<CommandIo, 'env' | 'cwd'>): Promise<string | undefined> {
  if (env['HERALD_TOKEN']) return env['HERALD_TOKEN'];
  const file = env['HERALD_TOKEN_FILE'];
  if (!file) return undefined;
  const { readConfigFile } = await import('../config/file.ts');
  const read = readConfigFile(file, cwd);
  if ('problem' in read) throw new UsageError([`HERALD_TOKEN_FILE: the file it names ${read.problem}`]);
  return read.text.replace(/\r?\n$/, '');
}

/** The token in the config, or the one that the relay made at its first start, if this user may read it. */
async function localToken(config: LoadedConfig['config']): Promise<string | undefined> {
  // If the token is missing, unreadable or damaged, the request goes out without one. The relay refuses if it needs
  // one.
  return config.token ?? (await readKeptToken(config.storage.dir).catch(() => undefined));
}

/**
 * The token that the relay of this data directory made at its first start; undefined while it has made none.
 * @throws the system's error, or an error about the content, if the file cannot be read
 */
export async function readKeptToken(dir: string): Promise<string | undefined> {
  const { KEYS_FILE, keysSchema } = await import('../backends/embedded/registry.ts');
  const { secrets } = keysSchema.parse(JSON.parse(await readFile(join(dir, KEYS_FILE), 'utf8')));
  return Object.hasOwn(secrets, 'token') ? secrets['token'] : undefined;
}
