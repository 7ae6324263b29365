// herald token: the token of the relay on this machine, where it is kept, and a new one in its place.
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { LoadedConfig } from '../config/load.ts';
import { type Command, CommandError, type CommandIo, type ParsedOptions, UsageError } from './command.ts';
import { keepOption, readKeep } from './keys.ts';
import { loadLocalConfig } from './local-config.ts';
import { jsonLine, visible, write } from './output.ts';
import { request } from './request.ts';
import { ACCESS_HELP, accessOptions, findServer, readKeptToken } from './server-access.ts';

const DEFAULT_KEEP = '7d';

/** Prints the token by which senders and devices authenticate, or makes a new one. */
export const token: Command = {
  help: `usage: herald token [--place] [--config FILE]
       herald token rotate [--keep TIME]

Prints the token of the relay on this machine. Senders and devices show it. In a script:
  export HERALD_TOKEN=$(herald token)

rotate makes a new token, which the running relay uses at once, on all nodes. The old one ends. Devices stay paired:
they come back with their own tokens, which stay good for --keep, and get new ones. A token in the config is changed
there.

  --place         print where the token is kept, and not the token
  --keep TIME     how long the tokens of devices stay good after rotate, such as 12h; default ${DEFAULT_KEEP};
                  0 ends them at once, so that all devices have to be paired again
  --json          print {"token": ...}, or {"place": ...}
${ACCESS_HELP}
Exit code: 0 done, 1 there is no token yet or it cannot be read, or rotate failed, 2 wrong options or config
`,
  options: { ...accessOptions, ...keepOption, place: { type: 'boolean' } },
  words: ['rotate?'],
  async run(parsed, io) {
    const [word] = parsed.words;
    const foreign = word === undefined ? ['keep', 'server', 'token'] : ['place'];
    for (const option of foreign) {
      if (parsed.flag(option)) {
        throw new UsageError([`--${option} goes only ${word === undefined ? 'with rotate' : 'without rotate'}`]);
      }
    }
    await (word === undefined ? show(parsed, io) : rotate(parsed, io));
    return 0;
  },
};

async function show(parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const { config } = await loadLocalConfig(parsed, io);
  const kind = parsed.flag('place') ? 'place' : 'token';
  const found = kind === 'place' ? placeOf(config) : await read(config);
  await write(io.stdout, parsed.flag('json') ? jsonLine({ [kind]: found }) : `${visible(found)}\n`);
}

async function rotate(parsed: ParsedOptions, io: CommandIo): Promise<void> {
  const keep = readKeep(parsed.value('keep') ?? DEFAULT_KEEP);
  const server = await findServer(parsed, io);
  const answer = await request(server, {
    method: 'POST',
    path: '/v1/token/rotate',
    body: { keep },
    signal: io.signal,
  });
  const made = answer['token'];
  if (typeof made !== 'string') throw new CommandError(`${server.http} does not answer as a Herald relay does`);
  await write(io.stdout, parsed.flag('json') ? jsonLine({ token: made }) : `${visible(made)}\n`);
}

/** Where the token is kept, in words. */
function placeOf({ token: configured, redis, storage }: LoadedConfig['config']): string {
  if (configured !== undefined) return 'the config (token, HERALD_TOKEN or HERALD_TOKEN_FILE)';
  return redis === undefined ? join(storage.dir, 'keys.json') : `Redis, under the prefix ${redis.prefix}`;
}

/** @throws CommandError that says why there is no token to print, and what to do */
async function read({ token: configured, redis, storage }: LoadedConfig['config']): Promise<string> {
  if (configured !== undefined) return configured;
  const found = redis === undefined ? await kept(storage.dir) : await keptInRedis(redis);
  if (found !== undefined) return found;
  const place = redis === undefined ? storage.dir : 'Redis';
  throw new CommandError(`there is no token in ${place} yet: the relay makes one at its first start`);
}

async function kept(dir: string): Promise<string | undefined> {
  try {
    return await readKeptToken(dir);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      throw new CommandError(`${dir} cannot be read by this user: run it as the user of the relay`, 1, error);
    }
    if (code !== 'ENOENT') throw new CommandError(`the keys in ${dir} are damaged: restore a backup`, 1, error);
    return undefined;
  }
}

async function keptInRedis(config: NonNullable<LoadedConfig['config']['redis']>): Promise<string | undefined> {
  // Loaded only here, because most relays have no Redis.
  const { readRedisSecret } = await import('../backends/redis/secrets.ts');
  return readRedisSecret({ config, clock: systemClock, logger: silentLogger }, 'token');
}
