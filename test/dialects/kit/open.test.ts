import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';
import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { configSchema } from '../../../server/config/schema.ts';
import type { Dialect, RunningDialect } from '../../../server/dialects/dialect.ts';
import { claimantOf } from '../../../server/dialects/kit/claims.ts';
import { openDialects } from '../../../server/dialects/kit/open.ts';
import { world } from '../../world.ts';
import { PUBLIC_KEY } from '../gusher-cluster/relay.ts';

const dialect = (name: string, running: RunningDialect | undefined, paths: Dialect<object, string>['paths']) => ({
  name,
  paths,
  create: () => running,
});

const pem = ({ publicKey }: KeyPairKeyObjectResult) => publicKey.export({ type: 'spki', format: 'pem' }).toString();

describe('openDialects', () => {
  it('makes those that are switched on, in the order of the list, each with its paths', async () => {
    const list: Dialect<object, string>[] = [
      dialect('one', {}, { socket: ['/a'] }),
      dialect('off', undefined, { socket: ['/a'] }),
      dialect('two', {}, (config) => ({ socket: [config] })),
    ];
    const open = await openDialects(list, {}, '/socket');
    expect(open.map(({ name }) => name)).to.deep.equal(['one', 'two']);
    expect(claimantOf(open, '/socket')?.name).to.equal('two');
  });

  it('refuses two that claim one path', async () => {
    const list = ['one', 'two'].map((name) => dialect(name, {}, { socket: ['/a'] }));
    const failure = await openDialects<object, string>(list, {}, '').catch((error: unknown) => error);
    expect(String(failure)).to.include('the dialects one and two both claim socket path /a');
  });

  const account = { account: 'root', password: 'secret' };

  it('lets gusher and the first gusher.cluster share a relay', async () => {
    const relay = await world({ config: { gusher: account, gusherCluster: {} } });
    expect((await relay.fetch('/api/check/x')).text).to.equal('empty app_key\n');
    expect((await relay.fetch('/ws/x/y')).text).to.equal('app_key does not exist\n');
  });

  it('starts gusher and the later gusher.cluster together only under two prefixes', async () => {
    const later = { level: '1.13', publicKey: PUBLIC_KEY };
    const failure = await world({ config: { gusher: account, gusherCluster: later } }).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(RelayError);
    expect((failure as RelayError).message).to.equal(
      'the dialects gusher and gusher-cluster both claim http path POST /api/push/:app; set gusherCluster.apiPrefix to ' +
        'a path of its own, such as "/cluster"',
    );
    const relay = await world({ config: { gusher: account, gusherCluster: { ...later, apiPrefix: '/cluster/' } } });
    expect((await relay.fetch('/cluster/x/channels')).text).to.equal('[]');
  });

  it('is told by the config what of it cannot be', async () => {
    const cases: [object, string][] = [
      [{ gusher: { account: 'a:b', password: 'x' } }, 'gusher.account'],
      [{ gusher: { account: 'a' } }, 'gusher.password'],
      [{ gusherCluster: { level: '1.13' } }, 'gusherCluster.publicKey'],
      [{ gusherCluster: { level: '1.13', publicKey: 'x' } }, 'gusherCluster.publicKey'],
      [
        { gusherCluster: { level: '1.13', publicKey: pem(generateKeyPairSync('rsa', { modulusLength: 1024 })) } },
        'gusherCluster.publicKey',
      ],
      [
        { gusherCluster: { level: '1.13', publicKey: pem(generateKeyPairSync('rsa-pss', { modulusLength: 2048 })) } },
        'gusherCluster.publicKey',
      ],
      [{ gusherCluster: { apps: { x: { url: 'file:///x' } } } }, 'gusherCluster.apps.x.url'],
      [{ gusherCluster: { apps: { 'a/b': { url: 'http://x/' } } } }, 'gusherCluster.apps.a/b'],
    ];
    for (const [config, place] of cases) {
      const { error } = configSchema.safeParse(config);
      expect(error?.issues.map(({ path }) => path.join('.'))).to.deep.equal([place]);
    }
  });
});
