import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { startRedis } from '../support/redis/server.ts';
import { onRedis, twoWorlds } from '../support/redis/worlds.ts';
import { openStream } from '../support/stream-reader.ts';
import { TOKEN, type World, world } from '../world.ts';

const open = (relay: World, query: string, headers = {}) =>
  openStream(relay.url(`/v1/stream?${query}`), { authorization: TOKEN, ...headers });

async function send(relay: World, path: string): Promise<string> {
  return (await relay.request(`${path}&wait=0`)).json.data.mid;
}

describe('GET /v1/stream on several nodes', () => {
  it('tells what any node accepts, in order, and goes on at another node', async () => {
    const [a, b] = await twoWorlds();
    (await a.device('phone')).ws.terminate();
    const stream = await open(a, 'target=phone,family');
    await stream.next();
    await send(b, '/phone.send?text=one');
    await send(a, '/family.group?text=two');
    await send(b, '/nobody.send?text=not+mine');
    await send(b, '/phone.send?text=three');
    expect(await stream.texts(3)).to.deep.equal(['one', 'two', 'three']);
    const { id = '' } = stream.events()[1] ?? {};
    stream.leave();
    await send(a, '/phone.send?text=four');
    const other = await open(b, 'target=phone', { 'last-event-id': id });
    await other.next();
    expect(await other.texts(2)).to.deep.equal(['three', 'four']);
  });

  it('is a device on one node whose messages another acknowledges', async () => {
    const [a, b] = await twoWorlds();
    const stream = await open(a, 'ack=phone');
    await stream.next();
    const mids = [await send(b, '/phone.send?text=one'), await send(a, '/phone.send?text=two')];
    expect(await stream.texts(2)).to.deep.equal(['one', 'two']);
    await b.request(`/v1/messages/${mids[1]}/ack?device=phone`, { method: 'POST' });
    for (const mid of mids) {
      await eventually(`${mid} is acknowledged`, async () => {
        const { json } = await b.request(`/v1/messages/${mid}`);
        return json.status.phone === 'ok';
      });
    }
  });

  it('misses nothing while Redis is away, and tells each message once', async () => {
    const redis = await startRedis({ config: { appendonly: 'yes', appendfsync: 'always' } });
    const settings = onRedis(redis.url(), { config: { redis: { durability: 'disk' } } });
    const [a, b] = [await world(settings), await world(settings)];
    (await a.device('phone')).ws.terminate();
    const stream = await open(a, 'target=phone');
    await stream.next();
    const sent: string[] = [];
    let isOver = false;
    // The sender learns of each message whether it was stored.
    const sending = (async () => {
      for (let number = 0; !isOver; number += 1) {
        const text = String(number);
        const { status } = await b.request(`/phone.send?text=${text}&wait=0`);
        if (status === 200) sent.push(text);
      }
    })();
    const more = (count: number) => {
      const goal = sent.length + count;
      return eventually(`${count} messages are stored`, () => sent.length >= goal);
    };
    await more(20);
    for (let round = 0; round < 2; round += 1) {
      await redis.kill();
      await redis.restart();
      await more(20);
    }
    isOver = true;
    await sending;
    const texts = () =>
      stream
        .events()
        .filter(({ event }) => event === 'message')
        .map(({ data }) => data.message.text);
    await eventually('the last one is told', () => texts().includes(sent.at(-1) ?? ''));
    const told = texts();
    expect(told, 'each once, in order').to.deep.equal([...new Set(told)].sort((x, y) => Number(x) - Number(y)));
    expect(
      sent.filter((text) => !told.includes(text)),
      'none is missing',
    ).to.deep.equal([]);
  });
});
