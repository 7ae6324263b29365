import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startRedis } from '../support/redis/server.ts';
import { onRedis } from '../support/redis/worlds.ts';
import { tempDir } from '../support/temp-dir.ts';
import { world } from '../world.ts';
import { cli } from './harness.ts';

async function folderWithKeys(content: string): Promise<string> {
  const cwd = await tempDir();
  await mkdir(join(cwd, 'data'));
  await writeFile(join(cwd, 'data', 'keys.json'), content);
  return cwd;
}

describe('herald token', () => {
  it('prints the token that the relay created', async () => {
    const cwd = await folderWithKeys('{"version":1,"secrets":{"token":"made"}}');
    expect(await cli(['token'], { cwd })).to.deep.equal({ code: 0, stdout: 'made\n', stderr: '' });
    expect((await cli(['token', '--json'], { cwd })).stdout).to.equal('{"token":"made"}\n');
  });

  it('prints the configured one', async () => {
    const cwd = await folderWithKeys('{"version":1,"secrets":{"token":"made"}}');
    const env = { HERALD_TOKEN: 'configured' };
    expect((await cli(['token'], { cwd, env })).stdout).to.equal('configured\n');
  });

  it('says that there is none yet', async () => {
    const cwd = await tempDir();
    const stderr = `herald: there is no token in ${join(cwd, 'data')} yet: the relay makes one at its first start\n`;
    expect(await cli(['token'], { cwd })).to.deep.equal({ code: 1, stdout: '', stderr });
    const other = await folderWithKeys('{"version":1,"secrets":{}}');
    expect((await cli(['token'], { cwd: other })).stderr).to.contain('yet: the relay makes one');
  });

  for (const content of ['', 'not JSON', 'null', '{"version":1}', '{"version":1,"secrets":{"token":5}}']) {
    it(`says that the file is damaged: ${content}`, async () => {
      const cwd = await folderWithKeys(content);
      const { code, stderr } = await cli(['token'], { cwd });
      expect({ code, stderr }).to.deep.equal({
        code: 1,
        stderr: `herald: the keys in ${join(cwd, 'data')} are damaged: restore a backup\n`,
      });
    });
  }
});

describe('herald token --place', () => {
  it('says where the token is kept', async () => {
    const cwd = await folderWithKeys('{"version":1,"secrets":{"token":"made"}}');
    const place = join(cwd, 'data', 'keys.json');
    expect((await cli(['token', '--place'], { cwd })).stdout).to.equal(`${place}\n`);
    expect(JSON.parse((await cli(['token', '--place', '--json'], { cwd })).stdout)).to.deep.equal({ place });
    const env = { HERALD_TOKEN: 'configured' };
    expect((await cli(['token', '--place'], { cwd, env })).stdout)
      .to.match(/^the config/)
      .and.not.include('configured');
    const redis = { HERALD_REDIS__URL: 'redis://127.0.0.1:1' };
    expect((await cli(['token', '--place'], { cwd, env: redis })).stdout).to.equal('Redis, under the prefix herald\n');
  });
});

describe('herald token rotate', () => {
  it('makes a new token, which the running relay uses and the next command finds', async () => {
    const relay = await world({ config: { token: '' } });
    const cwd = await tempDir();
    const config = join(cwd, 'config.json');
    await writeFile(config, JSON.stringify({ storage: { dir: relay.dir }, http: { port: relay.ports.http } }));
    const before = relay.relay.token;
    const rotated = await cli(['token', 'rotate', '--keep', '0', '--config', config], { cwd });
    expect(rotated.stderr).to.equal('');
    expect(rotated.stdout)
      .to.match(/^[\w-]{32}\n$/)
      .and.not.contain(before);
    expect((await cli(['token', '--config', config], { cwd })).stdout).to.equal(rotated.stdout);
    const again = await cli(['token', 'rotate', '--json', '--config', config], { cwd });
    expect(JSON.parse(again.stdout)).to.have.keys(['token']);
    const old = await cli(['token', 'rotate', '--server', relay.url(), '--token', before], { cwd });
    expect(old.code).to.equal(1);
  });

  it('is read from Redis if the relay keeps it there', async () => {
    const url = (await startRedis({ config: { appendonly: 'yes' } })).url();
    const relay = await world(onRedis(url, { config: { token: '' } }));
    const config = join(await tempDir(), 'config.json');
    await writeFile(config, JSON.stringify({ redis: { url } }));
    expect((await cli(['token', '--config', config])).stdout).to.equal(`${relay.relay.token}\n`);
  });

  it('says what does not go together', async () => {
    const wrong: [args: string[], said: string][] = [
      [['burn'], 'unexpected burn; expected rotate'],
      [['--keep', '7d'], '--keep goes only with rotate'],
      [['rotate', '--place'], '--place goes only without rotate'],
      [['rotate', '--keep', 'soon'], '--keep: expected 0, or a time such as 12h or 30d'],
    ];
    for (const [args, said] of wrong) {
      const { code, stderr } = await cli(['token', ...args]);
      expect([code, stderr]).to.satisfy(([exit, text]: [number, string]) => exit === 2 && text.includes(said), stderr);
    }
  });
});
