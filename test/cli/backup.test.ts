import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { startRedis } from '../support/redis/server.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';
import { cli } from './harness.ts';

/** A folder whose config names a data directory. */
async function folder(dir: string): Promise<string> {
  const cwd = await tempDir();
  await writeFile(join(cwd, 'config.json'), JSON.stringify({ token: TOKEN, storage: { dir } }));
  return cwd;
}

async function filled(): Promise<{ relay: World; cwd: string }> {
  const relay = await world();
  await relay.device('a');
  await relay.request('/a.send?text=kept&wait=0');
  return { relay, cwd: await folder(relay.dir) };
}

describe('herald backup and restore', () => {
  it('copy everything to another directory while the relay runs', async () => {
    const { relay, cwd } = await filled();
    const file = join(cwd, 'b.herald');
    expect(await cli(['backup', 'b.herald'], { cwd })).to.deep.equal({
      code: 0,
      stdout: `${file} is a backup of ${relay.dir}\n`,
      stderr: '',
    });
    const dir = join(await tempDir(), 'new');
    const { code, stdout } = await cli(['restore', file, '--json'], { cwd: await folder(dir) });
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${JSON.stringify({ file, dir, mayRevive: true })}\n` });

    const restored = await world({ config: { storage: { dir } } });
    const { json } = await restored.request('/v1/devices/a/messages');
    expect(json.messages.map(({ message }: { message: { text: string } }) => message.text)).to.deep.equal(['kept']);
  });

  it('do not restore a device that was removed since, and warn if that is unknown', async () => {
    const { relay, cwd } = await filled();
    const stolen = await relay.device('stolen');
    const backed = await cli(['backup', 'b.herald'], { cwd });
    expect(backed.code).to.equal(0);
    await relay.clock.tick(10);
    expect((await relay.request('/v1/devices/stolen', { method: 'DELETE' })).status).to.equal(200);
    await relay.clock.tick(10);
    const fresh = await relay.device('a');
    await relay.stop();
    const file = join(cwd, 'b.herald');
    const statusIn = async (args: readonly string[], auth: string) => {
      const dir = join(await tempDir(), 'new');
      const restoring = await cli(['restore', file, ...args], { cwd: await folder(dir) });
      expect(restoring.code, restoring.stderr).to.equal(0);
      const restored = await world({ config: { storage: { dir } } });
      const { status } = await restored.fetch('/v1/me', { headers: { authorization: auth } });
      await restored.stop();
      return { status, stdout: restoring.stdout };
    };
    const unknown = await statusIn([], stolen.auth);
    expect(unknown.status).to.equal(200);
    expect(unknown.stdout).to.match(/removed after the backup was made is back/);
    const known = await statusIn(['--known', relay.dir], stolen.auth);
    expect(known.status).to.be.oneOf([401, 403]);
    expect(known.stdout)
      .to.match(/tokens up to \S+ have ended/)
      .and.not.to.match(/is back/);
    expect((await statusIn(['--known', relay.dir], fresh.auth)).status).to.equal(200);
    expect((await statusIn(['--end-tokens'], fresh.auth)).status).to.be.oneOf([401, 403]);
  });

  it('move a relay to Redis and back', async () => {
    const { cwd } = await filled();
    await cli(['backup', 'b'], { cwd });
    const redis = await startRedis({ config: { appendonly: 'yes' } });
    const there = await tempDir();
    const config = { token: TOKEN, redis: { url: redis.url(), prefix: 'shop' } };
    await writeFile(join(there, 'config.json'), JSON.stringify(config));
    const restored = await cli(['restore', join(cwd, 'b')], { cwd: there });
    expect(restored.stderr).to.equal('');
    expect(restored.stdout).to.match(/^the prefix shop in Redis is restored from .*b$/m);
    const file = join(there, 'c');
    const facts = `${JSON.stringify({ file, prefix: 'shop' })}\n`;
    expect(await cli(['backup', 'c', '--json'], { cwd: there })).to.deep.equal({ code: 0, stdout: facts, stderr: '' });
    const dir = join(await tempDir(), 'new');
    expect((await cli(['restore', file], { cwd: await folder(dir) })).code).to.equal(0);
    const again = await world({ config: { storage: { dir } } });
    const { json } = await again.request('/v1/devices/a/messages');
    expect(json.messages.map(({ message }: { message: { text: string } }) => message.text)).to.deep.equal(['kept']);
    expect(await cli(['restore', file], { cwd: there })).to.include({ code: 1 });
  });

  it('overwrite nothing', async () => {
    const { relay, cwd } = await filled();
    await cli(['backup', 'b'], { cwd });
    const again = await cli(['backup', 'b'], { cwd });
    expect(again).to.include({ code: 1, stderr: `herald: ${join(cwd, 'b')} exists; a backup overwrites nothing\n` });
    expect(await cli(['restore', 'b'], { cwd })).to.include({
      code: 1,
      stderr: `herald: data directory ${relay.dir} is in use by another Herald process\n`,
    });
    await relay.stop();
    const { code, stderr } = await cli(['restore', 'b'], { cwd });
    expect(code).to.equal(1);
    expect(stderr).to.match(/^herald: data directory \S+ already holds data: \S+\n$/);
  });

  it('fail with one line if there is nothing to back up', async () => {
    const cwd = await folder('none');
    for (const args of [
      ['backup', 'b'],
      ['restore', 'b'],
      ['restore', 'config.json'],
      ['backup', 'none/such/b'],
    ]) {
      const { code, stdout, stderr } = await cli(args, { cwd });
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
      expect(stderr).to.match(/^herald: .*\n$/);
    }
  });

  it('require a file', async () => {
    for (const name of ['backup', 'restore']) {
      expect(await cli([name])).to.include({ code: 2, stderr: 'herald: <FILE> is missing\n' });
    }
  });
});
