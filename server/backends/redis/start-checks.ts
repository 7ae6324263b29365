// What Redis must be able to promise before anybody is served: the version, and settings that fit redis.durability.
import { ErrorReply } from '@redis/client';
import { RelayError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConfig } from './config.ts';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';

/** What a server tells of itself. What it does not tell is undefined. */
export interface ServerFacts {
  readonly version: string;
  readonly appendonly: string | undefined;
  readonly appendfsync: string | undefined;
  /** In bytes; 0 is no limit. */
  readonly maxmemory: number | undefined;
  readonly policy: string | undefined;
  /** Replicas that have all data. */
  readonly replicas: number | undefined;
}

/** Something to say about a server, and whether it ends the start. */
export interface Finding {
  readonly isRefused: boolean;
  readonly text: string;
}

/** What can be lost of acknowledged messages on such a server, in words. */
export function promiseOf(
  { appendonly, appendfsync }: Pick<ServerFacts, 'appendonly' | 'appendfsync'>,
  { durability, replicas }: Pick<RedisConfig, 'durability' | 'replicas'>,
): string {
  const copies =
    durability === 'replica' ? `${replicas} ${replicas === 1 ? 'replica has' : 'replicas have'} all; ` : '';
  if (appendonly === 'no') return 'a restart of Redis loses everything';
  if (appendonly === undefined || appendfsync === undefined) return `${copies}unknown, because Redis does not tell`;
  if (appendfsync === 'always') return `${copies}a power cut of its machine loses nothing`;
  if (appendfsync === 'everysec') return `${copies}a power cut of its machine may lose the last second or two`;
  return `${copies}a power cut of its machine may lose the last half minute`;
}

const OLDEST = [6, 2] as const;

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

/** What is to say about a server of which these facts are known. */
export function judge(facts: ServerFacts, config: Pick<RedisConfig, 'durability' | 'replicas'>): Finding[] {
  const { durability } = config;
  const { version, appendonly, appendfsync, maxmemory, policy, replicas } = facts;
  const isDurable = durability !== 'memory';
  const found: Finding[] = [];
  const refuse = (text: string) => void found.push({ isRefused: true, text });
  const warn = (text: string) => void found.push({ isRefused: false, text });
  const promise = `redis.durability "${durability}"`;

  if (isTooOld(version)) refuse(`Redis ${version} is too old; Herald needs ${OLDEST.join('.')} or later`);

  if (appendonly === 'no') {
    if (isDurable) refuse(`appendonly is no, so a restart of Redis loses messages; ${promise} needs appendonly yes`);
    else warn('appendonly is no: a restart of Redis loses acknowledged messages, as redis.durability "memory" allows');
  } else if (appendonly === 'yes' && isDurable) {
    if (appendfsync === 'no') {
      refuse(`appendfsync is no, so the system decides when messages are on disk; ${promise} needs everysec or always`);
    }
    if (appendfsync === 'everysec') {
      if (durability === 'disk') refuse(`appendfsync is everysec; ${promise} needs appendfsync always`);
      else {
        warn(
          "appendfsync is everysec: a power cut of Redis' machine may lose the last second or two of acknowledged messages",
        );
      }
    }
  }

  if (policy?.startsWith('allkeys-') === true) {
    const text = `maxmemory-policy is ${policy}, so Redis deletes messages when memory is short; set noeviction`;
    if (isDurable) refuse(text);
    else warn(text);
  }
  if (policy?.startsWith('volatile-') === true && maxmemory !== 0 && isDurable) {
    warn(`maxmemory-policy is ${policy}: Redis forgets logins, codes and limits when memory is short; set noeviction`);
  }

  if (durability === 'replica' && replicas !== undefined && replicas < config.replicas) {
    warn(`Redis has ${replicas} of ${config.replicas} replicas; sends are refused until they are there`);
  }

  const unknown = Object.entries({ appendonly, appendfsync, 'maxmemory-policy': policy })
    .filter(([, value]) => value === undefined)
    .map(([name]) => name);
  if (unknown.length > 0) warn(`Redis does not tell ${unknown.join(', ')}; whether it keeps ${promise} is unknown`);
  return found;
}

/** A value that is undefined if Redis forbids to ask for it, or does not know the command. */
async function ifAllowed<T>(answer: Promise<T>): Promise<T | undefined> {
  return await answer.catch((error) => {
    if (error instanceof ErrorReply && /^(?:NOPERM|ERR unknown)/.test(error.message)) return undefined;
    throw error;
  });
}

/** Asks a server by `CONFIG GET`, and by `INFO` for what that does not tell. */
export async function readFacts({ send, server }: Pick<RedisConnection, 'send' | 'server'>): Promise<ServerFacts> {
  const setting = async (name: string) => {
    const answer = (await ifAllowed(send(['CONFIG', 'GET', name]))) as Record<string, string> | undefined;
    return answer?.[name];
  };
  const info = async (section: string) => {
    const text = String((await ifAllowed(send(['INFO', section]))) ?? '');
    return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, key = '', value = '']) => [key, value]));
  };
  const [appendonly, appendfsync, maxmemory, policy, persistence, memory, replication] = await Promise.all([
    setting('appendonly'),
    setting('appendfsync'),
    setting('maxmemory'),
    setting('maxmemory-policy'),
    info('persistence'),
    info('memory'),
    info('replication'),
  ]);
  const aof = { '0': 'no', '1': 'yes' }[persistence.get('aof_enabled') ?? ''];
  const limit = maxmemory ?? memory.get('maxmemory');
  const online = [...replication].filter(([key, value]) => /^slave\d+$/.test(key) && value.includes('state=online'));
  return {
    version: server.version,
    appendonly: appendonly ?? aof,
    appendfsync,
    maxmemory: limit === undefined ? undefined : Number(limit),
    policy: policy ?? memory.get('maxmemory_policy'),
    replicas: replication.size === 0 ? undefined : online.length,
  };
}

/**
 * Checks a server before anybody is served. Each warning is a line in the log.
 * @returns what it tells of itself
 * @throws RelayError `invalid` with everything that is refused
 */
export async function checkServer(
  connection: RedisConnection,
  config: RedisConfig,
  keys: Keys,
  logger: Logger,
): Promise<ServerFacts> {
  const facts = await readFacts(connection);
  const found = judge(facts, config);
  for (const { isRefused, text } of found) if (!isRefused) logger.warn({ redis: connection.address }, text);
  const refused = found.filter(({ isRefused }) => isRefused).map(({ text }) => text);
  try {
    const channel = keys.notices('start');
    await connection.subscribe(channel, () => {});
    await connection.unsubscribe(channel);
  } catch (error) {
    if (!(error instanceof ErrorReply)) throw error;
    refused.push(`Redis forbids to listen to the channels of the prefix: ${error.message}`);
  }
  if (refused.length > 0) throw new RelayError('invalid', `Redis at ${connection.address}: ${refused.join('; ')}`);
  return facts;
}
