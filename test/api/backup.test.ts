import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { restoreEmbedded } from '../../server/backends/embedded/backup.ts';
import { startRedis } from '../support/redis/server.ts';
import { onRedis } from '../support/redis/worlds.ts';
import { tempDir } from '../support/temp-dir.ts';
import { TOKEN, type World, world } from '../world.ts';

async function download(relay: World) {
  const response = await fetch(relay.url('/v1/backup'), { headers: { authorization: TOKEN } });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** A relay on what a backup has. */
async function restored(bytes: Buffer): Promise<World> {
  const dir = await tempDir();
  const file = join(dir, 'downloaded');
  await writeFile(file, bytes);
  await restoreEmbedded(file, join(dir, 'data'));
  return world({ config: { storage: { dir: join(dir, 'data') } } });
}

describe('GET /v1/backup', () => {
  it('gives a backup of a running relay, which another one starts from', async () => {
    const relay = await world();
    await relay.device('phone');
    await relay.request('/phone.send?text=waits&wait=0');
    const before = await readdir(relay.dir);
    const { response, bytes } = await download(relay);
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-length')).to.equal(String(bytes.length));
    expect(response.headers.get('cache-control')).to.equal('no-store');
    expect(response.headers.get('content-disposition')).to.match(
      /^attachment; filename="herald-\d{4}-\d\d-\d\d\.backup"$/,
    );
    expect(await readdir(relay.dir), 'nothing is left').to.have.members(before);
    const other = await restored(bytes);
    const { messages } = (await other.request('/v1/devices/phone/messages')).json;
    expect(messages.map(({ message }: { message: { text: string } }) => message.text)).to.deep.equal(['waits']);
    expect((await relay.request('/phone.send?text=more&wait=0')).status).to.equal(200);
  });

  it('gives the same of a relay on Redis', async () => {
    const url = (await startRedis({ config: { appendonly: 'yes' } })).url();
    const relay = await world(onRedis(url));
    await relay.device('phone');
    await relay.request('/phone.send?text=waits&wait=0');
    const other = await restored((await download(relay)).bytes);
    expect((await other.request('/v1/devices/phone/messages')).json.messages).to.have.length(1);
  });

  it('makes one at a time', async () => {
    const relay = await world();
    const statuses = await Promise.all([1, 2, 3].map(async () => (await download(relay)).response.status));
    expect(statuses).to.include(200);
    expect(statuses.every((status) => status === 200 || status === 409)).to.equal(true);
    expect((await download(relay)).response.status).to.equal(200);
  });

  it('is only for the token of the relay: the file has keys that nobody can end', async () => {
    const relay = await world();
    const { auth } = await relay.device('phone');
    const post = (path: string, body: object, authorization = TOKEN) =>
      relay.fetch(path, { method: 'POST', body: JSON.stringify(body), headers: { authorization } });
    const managing = (await post('/v1/me/manage', { token: TOKEN }, auth)).json.auth;
    const { key } = (await post('/v1/keys', { name: 'k', manage: true })).json;
    const ask = async (authorization?: string) =>
      (await relay.fetch('/v1/backup', authorization === undefined ? {} : { headers: { authorization } })).status;
    expect([await ask(), await ask('wrong'), await ask(auth), await ask(managing), await ask(key)]).to.deep.equal([
      401, 401, 403, 403, 403,
    ]);
  });
});
