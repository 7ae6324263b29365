import { expect } from 'chai';
import { type RedisConfig, redisConfig } from '../../../server/backends/redis/config.ts';
import { createKeys } from '../../../server/backends/redis/keys.ts';
import { checkServer, judge, promiseOf, readFacts } from '../../../server/backends/redis/start-checks.ts';
import { eventually } from '../../support/eventually.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { configFor, connectTo } from '../../support/redis/connect.ts';
import { startRedis } from '../../support/redis/server.ts';

const keys = createKeys('herald');

/** What a start says: lines of the log, and the refusal. */
async function check(url: string, more: Partial<RedisConfig> = {}): Promise<string[]> {
  const connection = await connectTo(url, more);
  const { logger, lines } = recordingLogger();
  const refusal = await checkServer(connection, configFor(url, more), keys, logger).then(
    () => [],
    (error: Error) => [`refused ${error.message.replace(/^Redis at \S+: /, '')}`],
  );
  await connection.close();
  return [...lines.map(({ level, text }) => `${level} ${text}`), ...refusal];
}

type Durability = RedisConfig['durability'];
const DURABLE: readonly Durability[] = ['disk', 'second', 'replica'];

describe('checkServer', () => {
  const CASES: readonly (readonly [setting: Record<string, string>, Record<Durability, RegExp | undefined>])[] = [
    [
      { appendonly: 'no' },
      {
        disk: /^refused appendonly is no/,
        second: /^refused appendonly is no/,
        replica: /^refused appendonly is no/,
        memory: /^warn appendonly is no/,
      },
    ],
    [
      { appendonly: 'yes', appendfsync: 'everysec' },
      {
        disk: /^refused appendfsync is everysec; redis\.durability "disk" needs appendfsync always/,
        second: /^warn .* a power cut of Redis' machine may lose the last second or two of acknowledged messages/,
        replica: /^warn .* a power cut of Redis' machine may lose the last second or two of acknowledged messages/,
        memory: undefined,
      },
    ],
    [
      { appendonly: 'yes', appendfsync: 'no' },
      {
        disk: /^refused appendfsync is no/,
        second: /^refused appendfsync is no/,
        replica: /^refused appendfsync is no/,
        memory: undefined,
      },
    ],
    [
      { appendonly: 'yes', appendfsync: 'always' },
      { disk: undefined, second: undefined, replica: undefined, memory: undefined },
    ],
    [
      { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'allkeys-lru' },
      {
        disk: /^refused maxmemory-policy is allkeys-lru/,
        second: /^refused maxmemory-policy is allkeys-lru/,
        replica: /^refused maxmemory-policy is allkeys-lru/,
        memory: /^warn maxmemory-policy is allkeys-lru/,
      },
    ],
    [
      { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'volatile-ttl', maxmemory: '100mb' },
      {
        disk: /^warn maxmemory-policy is volatile-ttl/,
        second: /^warn maxmemory-policy is volatile-ttl/,
        replica: /^warn maxmemory-policy is volatile-ttl/,
        memory: undefined,
      },
    ],
    [
      { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'volatile-ttl' },
      { disk: undefined, second: undefined, replica: undefined, memory: undefined },
    ],
  ];
  for (const [settings, expected] of CASES) {
    const name = Object.entries(settings).map((pair) => pair.join(' '));
    it(`judges ${name.join(', ')} by what redis.durability promises`, async () => {
      const redis = await startRedis({ config: settings });
      for (const durability of [...DURABLE, 'memory'] as const) {
        const said = (await check(redis.url(), { durability })).filter((line) => !line.includes('replicas'));
        const wanted = expected[durability];
        if (wanted === undefined) expect(said, durability).to.deep.equal([]);
        else expect(said, durability).to.have.length(1).and.property('0').match(wanted);
      }
    });
  }

  it('warns if there are fewer replicas than have to be waited for', async () => {
    const config = { appendonly: 'yes', appendfsync: 'always' };
    const redis = await startRedis({ config });
    const ask = () => check(redis.url(), { durability: 'replica' });
    expect(await ask()).to.deep.equal(['warn Redis has 0 of 1 replicas; sends are refused until they are there']);
    await startRedis({ replicaOf: redis });
    await eventually('the replica is connected', async () => (await ask()).length === 0);
  });

  it('asks INFO where CONFIG is forbidden, and says what neither tells', async () => {
    const redis = await startRedis({ config: { 'maxmemory-policy': 'allkeys-lru' } });
    const all = ['~*', '&*', '+@all'];
    await redis.command('ACL', 'SETUSER', 'some', 'on', '>x', ...all, '-config');
    await redis.command('ACL', 'SETUSER', 'none', 'on', '>x', ...all, '-config', '-info');
    const as = (user: string) => check(redis.url().replace('//', `//${user}:x@`));
    expect(await as('some')).to.deep.equal([
      'warn Redis does not tell appendfsync; whether it keeps redis.durability "second" is unknown',
      'refused appendonly is no, so a restart of Redis loses messages; redis.durability "second" needs appendonly yes; maxmemory-policy is allkeys-lru, so Redis deletes messages when memory is short; set noeviction',
    ]);
    expect(await as('none')).to.deep.equal([
      'warn Redis does not tell appendonly, appendfsync, maxmemory-policy; whether it keeps redis.durability "second" is unknown',
    ]);
  });

  it('refuses a server that forbids the channels', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    await redis.command('ACL', 'SETUSER', 'herald', 'on', '>x', '~*', '+@all', 'resetchannels');
    const said = await check(redis.url().replace('//', '//herald:x@'));
    expect(said)
      .to.have.length(1)
      .and.property('0')
      .match(/^refused Redis forbids to listen .*NOPERM/);
  });

  it('leaves no channel behind', async () => {
    const redis = await startRedis();
    await check(redis.url());
    expect(await redis.command('PUBSUB', 'CHANNELS')).to.deep.equal([]);
  });
});

describe('promiseOf', () => {
  const promise = (appendonly: string | undefined, appendfsync: string | undefined, durability = 'second') =>
    promiseOf({ appendonly, appendfsync }, { durability: durability as 'second', replicas: 1 });

  it('says what can be lost', () => {
    expect(promise('yes', 'always', 'disk')).to.equal('a power cut of its machine loses nothing');
    expect(promise('yes', 'everysec')).to.equal('a power cut of its machine may lose the last second or two');
    expect(promise('yes', 'no', 'memory')).to.include('the last half minute');
    expect(promise('no', 'everysec', 'memory')).to.equal('a restart of Redis loses everything');
    expect(promise('yes', 'everysec', 'replica')).to.match(/^1 replica has all; a power cut/);
    expect(promise(undefined, undefined)).to.equal('unknown, because Redis does not tell');
  });
});

describe('judge', () => {
  const config = redisConfig.parse({ url: 'redis://h', durability: 'memory' });
  if (config === undefined) throw new Error('the section is empty');

  it('refuses versions before 6.2', async () => {
    const facts = await readFacts(await connectTo((await startRedis({ config: { appendonly: 'yes' } })).url()));
    const refused = (version: string) => judge({ ...facts, version }, config).some(({ isRefused }) => isRefused);
    expect(['5.0.14', '6.0.20', '6.2.0', '7.0.15', '8.2.1', '10.0'].map(refused)).to.deep.equal([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });
});
