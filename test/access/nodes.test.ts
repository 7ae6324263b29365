// What is counted over two nodes that share one Redis: asking both gets a caller no more.
import { expect } from 'chai';
import { configured, wire } from '../dialects/pusher/helpers.ts';
import { EVENT, get, post, said } from '../dialects/pusher/signed.ts';
import { eventually } from '../support/eventually.ts';
import { twoWorlds } from '../support/redis/worlds.ts';

describe('guards over two nodes', () => {
  it('lock out on both whoever guesses on both', async () => {
    const [one, two] = await twoWorlds({ config: { http: { maxAuthFailures: 2 } } });
    const guess = async (node: typeof one, authorization: string) =>
      (await node.fetch('/v1/devices', { headers: { authorization } })).status;
    expect([await guess(one, 'a'), await guess(two, 'a'), await guess(two, 'b')]).to.deep.equal([401, 401, 401]);
    // The first of them may be faster than the word of the other node.
    let n = 0;
    for (const node of [one, two]) {
      await eventually('it is locked out', async () => {
        n += 1;
        return (await guess(node, `guess ${n}`)) === 429;
      });
      expect(n).to.be.at.most(3);
      expect((await node.request('/v1/devices')).status, 'the right token').to.equal(200);
    }
  });

  it('let a pairing code that one made be used once, on the other', async () => {
    const [one, two] = await twoWorlds();
    const { code } = (await one.request('/v1/pairings', { method: 'POST' })).json;
    const redeem = (node: typeof one) =>
      node.fetch(`/v1/pairings/${code}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"phone"}',
      });
    expect((await two.fetch(`/v1/pairings/${code}`)).status).to.equal(200);
    const answers = await Promise.all([redeem(two), redeem(one), redeem(two)]);
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 404, 404]);
    expect((await one.fetch(`/v1/pairings/${code}`)).status).to.equal(404);
  });

  it('let a device manage on both as soon as one has let it, and end that on both', async () => {
    const [one, two] = await twoWorlds();
    const { auth } = (await one.request('/v1/devices', { method: 'POST', body: '{"name":"phone"}' })).json;
    const { code } = (await one.request('/v1/pairings', { method: 'POST', body: '{"manage":true}' })).json;
    const as = (authorization: string) => ({ authorization, 'content-type': 'application/json' });
    const promoted = await two.fetch('/v1/me/manage', {
      method: 'POST',
      headers: as(auth),
      body: JSON.stringify({ token: code }),
    });
    expect(promoted.status).to.equal(201);
    const headers = as(promoted.json.auth);
    for (const node of [one, two]) expect((await node.fetch('/v1/keys', { headers })).status).to.equal(200);
    await one.request('/v1/devices/phone/manage', { method: 'DELETE' });
    expect((await one.fetch('/v1/keys', { headers })).status).to.equal(403);
    await eventually('it is ended on the other', async () => (await two.fetch('/v1/keys', { headers })).status === 403);
  });

  it('give an app its connections and its rate once', async () => {
    const limits = { connections: 2, eventsPerSec: 1 };
    const [one, two] = await twoWorlds({ config: { apps: [configured({ limits })] } });
    const first = await wire(one);
    await wire(two);
    expect(said(await get(two, 'connections'))).to.deep.equal([200, { connections: 2 }]);
    const third = await wire(two).catch(() => 'refused');
    expect(third).to.equal('refused');
    first.socket.ws.close();
    await eventually('there is room', () =>
      wire(two).then(
        () => true,
        () => false,
      ),
    );
    const answers = await Promise.all(
      [one, two, one, two, one, two, one, two].map((node) => post(node, 'events', EVENT)),
    );
    expect(answers.map(({ status }) => status)).to.include(429);
  });

  it('carry out a request that is repeated on the other once', async () => {
    const [one, two] = await twoWorlds({ config: { apps: [configured()] } });
    const socket = await wire(two);
    await socket.join('a');
    const key = { 'idempotency-key': 'k1' };
    expect(said(await post(one, 'events', EVENT, key))).to.deep.equal([200, {}]);
    expect(said(await post(two, 'events', EVENT, key))).to.deep.equal([200, {}]);
    expect((await post(two, 'events', { ...EVENT, data: 'other' }, key)).status).to.equal(400);
    await post(one, 'events', { ...EVENT, name: 'last' });
    const events = [await socket.frame(), await socket.frame()].map(({ event }) => event);
    expect(events).to.deep.equal([EVENT.name, 'last']);
  });
});
