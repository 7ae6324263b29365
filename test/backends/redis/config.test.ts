import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../../server/config/load.ts';
import { effectiveConfigText } from '../../../server/config/mask.ts';
import { tempDir } from '../../support/temp-dir.ts';

describe('the redis section of the config', () => {
  it('is absent by default', async () => {
    expect(loadConfig({ env: {}, cwd: await tempDir() }).config.redis).to.equal(undefined);
  });

  it('has defaults for everything but the URL', async () => {
    const { config } = loadConfig({ env: { HERALD_REDIS__URL: 'redis://host' }, cwd: await tempDir() });
    expect(config.redis).to.deep.equal({
      url: 'redis://host',
      prefix: 'herald',
      durability: 'second',
      replicas: 1,
      replicaTimeout: 500,
      lease: 3000,
      timeout: 1000,
      startTimeout: 30_000,
      joinTimeout: 10_000,
      maxPending: 10_000,
    });
    expect(config.node).to.deep.equal({});
  });

  it('takes the URL from a file, and never shows it', async () => {
    const dir = await tempDir();
    await writeFile(join(dir, 'url'), 'redis://herald:hunter2@host\n');
    const env = { HERALD_REDIS__URL_FILE: 'url', HERALD_REDIS__SENTINEL_PASSWORD: 'hunter2' };
    const { config } = loadConfig({ env, cwd: dir });
    expect(config.redis).to.include({ url: 'redis://herald:hunter2@host', sentinelPassword: 'hunter2' });
    expect(effectiveConfigText(config)).not.to.include('hunter2');
  });

  it('makes the paths of its files absolute', async () => {
    const dir = await tempDir();
    const redis = { url: 'rediss://host', ca: 'ca.pem', cert: 'cert.pem', key: '/key.pem' };
    await writeFile(join(dir, 'config.json'), JSON.stringify({ redis }));
    const { config } = loadConfig({ env: {}, cwd: dir });
    expect(config.redis).to.include({ ca: join(dir, 'ca.pem'), cert: join(dir, 'cert.pem'), key: '/key.pem' });
  });

  it('says what is wrong, without the URL', async () => {
    const dir = await tempDir();
    const redis = { url: 'redis://:hunter2@one,two', cert: 'x', prefix: '{a}', lease: 90_000, durability: 'some' };
    await writeFile(join(dir, 'config.json'), JSON.stringify({ redis, node: { name: 'a b' } }));
    const load = () => loadConfig({ env: {}, cwd: dir });
    expect(load).to.throw(/redis\.url: expected one host/);
    expect(load).to.throw(/redis\.prefix: expected 1 to 64/);
    expect(load).to.throw(/redis\.lease: expected at most 60000/);
    expect(load).to.throw(/redis\.durability: expected "disk" or "second" or "replica" or "memory"/);
    expect(load).to.throw(/node\.name: expected/);
    expect(load).not.to.throw(/hunter2/);
  });

  it('refuses a certificate without its key, and a section without a URL', async () => {
    const dir = await tempDir();
    const load = (redis: object) => () => loadConfig({ env: { HERALD_REDIS__PREFIX: 'p', ...redis }, cwd: dir });
    expect(load({ HERALD_REDIS__URL: 'rediss://h', HERALD_REDIS__CERT: 'x' })).to.throw(
      /redis: .*cert and key together/,
    );
    expect(load({})).to.throw(/redis\.url.*: expected a string, but it is missing/);
  });
});
