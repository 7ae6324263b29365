import { expect } from 'chai';
import { type World, world } from '../world.ts';

interface Shown {
  readonly mid: string;
  readonly id: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly status: string;
  readonly message: { readonly text: string };
}

/** A page of the history of `a`. */
async function page(relay: World, query = '', authorization?: string): Promise<Shown[]> {
  const path = `/v1/devices/a/messages${query}`;
  const { status, json, text } =
    authorization === undefined ? await relay.request(path) : await relay.fetch(path, { headers: { authorization } });
  expect(status, text).to.equal(200);
  return json.messages;
}

const textsOf = (messages: readonly Shown[]) => messages.map(({ message }) => message.text);

/** A relay whose device `a` was sent the texts 1 to `count`. */
async function filled(count: number): Promise<World> {
  const relay = await world();
  await relay.device('a', { acknowledge: true });
  for (let i = 1; i <= count; i += 1) await relay.request(`/a.send?text=${i}`);
  return relay;
}

describe('GET /v1/devices/:name/messages', () => {
  it('returns whole messages, oldest first, each with its status', async () => {
    const relay = await world();
    const device = await relay.device('a', { group: 'g' });
    await relay.request('/a.send?text=one&level=3&wait=0');
    await relay.request('/g.group?text=two&wait=0');
    const { mid } = (await device.packet('MESSAGE')).data;
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    await device.settle();
    const [one, two] = await page(relay);
    if (one === undefined) throw new Error('there is no message');
    const { id, createdAt, expiresAt, ...whole } = one;
    expect(id).to.match(/^[0-9A-Za-z]{12}$/);
    expect(createdAt).to.be.closeTo(Number(mid), 1000);
    expect(expiresAt - createdAt).to.equal(7 * 24 * 3_600_000);
    expect(whole).to.deep.equal({
      sendType: 'personal',
      target: 'a',
      from: { method: 'http', name: '' },
      message: { text: 'one', desp: '', extra: { level: '3' } },
      mid,
      status: 'ok',
      read: false,
    });
    expect(two).to.deep.include({ sendType: 'group', target: 'g', status: 'ready' });
  });

  it('continues after a mid, page by page', async () => {
    const relay = await filled(5);
    const all = await page(relay);
    expect(textsOf(all)).to.deep.equal(['1', '2', '3', '4', '5']);
    expect(textsOf(await page(relay, '?limit=2&since=0'))).to.deep.equal(['1', '2']);
    expect(textsOf(await page(relay, `?limit=2&since=${all[1]?.mid}`))).to.deep.equal(['3', '4']);
    expect(textsOf(await page(relay, `?since=${all[4]?.mid}`))).to.deep.equal([]);
    expect(textsOf(await page(relay, '?limit=0'))).to.deep.equal([]);
    expect(textsOf(await page(relay, `?since=${Number.MAX_SAFE_INTEGER}`))).to.deep.equal([]);
  });

  it('returns the newest messages without a mid', async () => {
    const relay = await filled(5);
    expect(textsOf(await page(relay, '?limit=2'))).to.deep.equal(['4', '5']);
  });

  it('goes back before a mid', async () => {
    const relay = await filled(4);
    const [, , third] = await page(relay);
    const before = textsOf(await page(relay, `?before=${third?.mid}`));
    expect([...before].sort()).to.deep.equal(['1', '2']);
  });

  it('returns 100 messages by default', async () => {
    const relay = await world();
    await relay.device('a', { acknowledge: true });
    await Promise.all(Array.from({ length: 101 }, () => relay.request('/a.send?text=x')));
    expect(await page(relay)).to.have.length(100);
    expect(await page(relay, '?limit=1000')).to.have.length(101);
  });

  it('returns only messages of its device, even after a restart', async () => {
    const relay = await filled(1);
    await relay.device('b');
    await relay.request('/b.send?text=other&wait=0');
    await relay.stop();
    await relay.start();
    expect(textsOf(await page(relay))).to.deep.equal(['1']);
  });

  it("is read by the device itself, and not by another's token", async () => {
    const relay = await filled(1);
    const { auth } = await relay.device('a');
    expect(textsOf(await page(relay, '', `Bearer ${auth}`))).to.deep.equal(['1']);
    const other = await relay.device('b');
    const { status, json } = await relay.fetch('/v1/devices/a/messages', { headers: { authorization: other.auth } });
    expect([status, json.error]).to.deep.equal([403, 'a device may see only its own messages']);
    const unknown = await relay.fetch('/v1/devices/nobody/messages', { headers: { authorization: other.auth } });
    expect(unknown.status, 'who may not see a device does not learn whether it exists').to.equal(403);
  });

  it('answers 404 for an unknown device', async () => {
    const { status, json } = await (await world()).request('/v1/devices/nobody/messages');
    expect([status, json.error]).to.deep.equal([404, 'no device is called nobody']);
  });

  it('refuses invalid parameters of a page', async () => {
    const relay = await filled(0);
    for (const query of [
      'limit=1001',
      'limit=-1',
      'limit=x',
      'limit=',
      'limit=1e2',
      'since=-1',
      'since=x',
      'since=1.5',
      `since=${'9'.repeat(17)}`,
      'since=9999999999999999',
      'before=x',
    ]) {
      const { status, json } = await relay.request(`/v1/devices/a/messages?${query}`);
      expect(status, query).to.equal(400);
      expect(json.error, query).to.match(/^(limit|since|before) must be a whole number from 0 to \d+$/);
    }
  });
});

describe('an unknown path under /v1', () => {
  it('sends nothing, and answers 404', async () => {
    const relay = await filled(0);
    for (const path of ['/v1', '/v1/', '/v1/nothing', '/v1/devices/a/b', '/v1/a.send']) {
      expect((await relay.request(path)).status, path).to.equal(404);
    }
    expect(await page(relay)).to.deep.equal([]);
  });
});

describe('GET /v1/messages/:mid', () => {
  it('says what it expects in place of any other text', async () => {
    const relay = await world();
    for (const asked of ['abc', '1.5', '-1', '12345678901234567', 'aaaaaaaaaaaa', '%E4%BD%A0']) {
      const { status, json } = await relay.request(`/v1/messages/${asked}`);
      expect([status, json.error], asked).to.deep.equal([
        400,
        'expected the mid of a message, which is a number, or its id of 12 letters and digits',
      ]);
    }
    expect((await relay.request('/v1/messages/1')).status).to.equal(404);
  });
});
