import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN, type World } from '../../world.ts';

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };

const publish = async (relay: World, path: string, body: string, headers: Record<string, string> = {}) =>
  (await relay.request(path, { method: 'POST', body, headers })).json;

const events = async (relay: World, path: string) =>
  (await relay.request(path)).text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

describe('ntfy on several nodes', () => {
  it('tells listeners of every node, and knows the history and the sequences on each', async () => {
    const [a, b] = await twoWorlds();
    const device = await a.device('phone', { group: 'crew', acknowledge: true });
    const stream = await openStream(b.url('/crew,feed/json'), AS_OWNER);
    await stream.next();
    const one = await publish(a, '/crew', 'one', { sid: 's' });
    const two = await publish(b, '/feed', 'two');
    const cleared = (await a.request('/crew/s/clear')).json;
    for (const expected of [one, two, cleared]) expect((await stream.next()).data).to.deep.equal(expected);
    expect((await device.packet('MESSAGE')).data.message.text).to.equal('one');
    await eventually('it is read', async () => (await b.request('/v1/devices/phone/messages')).json.messages[0].read);
    expect(await events(b, `/crew,feed/json?poll=1&since=${one.id}`)).to.deep.equal([two, cleared]);
    await publish(b, '/feed', 'three', { cache: 'no' });
    expect((await stream.next()).data.message).to.equal('three');
    expect(await events(a, '/feed/json?poll=1')).to.deep.equal([two]);
    await publish(a, '/feed', 'x', { 'x-poll-id': 'p' });
    expect((await stream.next()).data).to.include({ event: 'poll_request', poll_id: 'p' });
    const topic = 'upSharedShared';
    await a.request(`/${topic}/json?poll=1`);
    expect((await b.fetch(`/${topic}?up=1`, { method: 'POST', body: 'x' })).status).to.equal(200);
    const deleted = (await b.request('/crew/s', { method: 'DELETE' })).json;
    expect((await stream.next()).data).to.deep.equal(deleted);
    expect((await events(a, '/crew/json?poll=1')).map(({ event }) => event)).to.deep.equal([
      'message_clear',
      'message_delete',
    ]);
  });
});
