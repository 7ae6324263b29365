import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import { world } from '../../world.ts';
import { basic, send } from './helpers.ts';

const JSON_TYPE = { 'content-type': 'application/json' };

describe('gotify on several nodes', () => {
  it('knows applications, clients, ids and streams on each', async () => {
    const [a, b] = await twoWorlds({ config: { gotify: { backlogDelay: 0 } } });
    const user = { ...JSON_TYPE, ...basic('family') };
    const body = (name: string) => ({ method: 'POST', headers: user, body: JSON.stringify({ name }) });
    const client = (await a.fetch('/client', body('Pixel'))).json;
    const app = (await b.fetch('/application', body('kuma'))).json;
    const headers = { 'x-gotify-key': client.token };
    const first = (await send(a, app.token, { message: 'first' })).json;
    const socket = await b.socket('/stream', { headers });
    expect(JSON.parse(await socket.next())).to.deep.equal(first);
    const sent = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        send(index % 2 === 0 ? a : b, app.token, { message: `${index}` }, '?wait=5000'),
      ),
    );
    for (const { json } of sent) expect(json.status).to.deep.equal({ Pixel: 'ok' });
    const ids = sent.map(({ json }) => json.id).toSorted((x, y) => x - y);
    expect(new Set(ids).size).to.equal(20);
    for (const node of [a, b]) {
      const { messages } = (await node.fetch('/message', { headers })).json;
      expect(messages.map(({ id }: { id: number }) => id)).to.deep.equal([...ids.toReversed(), first.id]);
    }
    expect((await b.fetch(`/message/${ids[0]}`, { method: 'DELETE', headers })).status).to.equal(200);
    await eventually('it is gone on the other node', async () => {
      const { messages } = (await a.fetch('/message', { headers })).json;
      return messages.length === 20;
    });
    expect((await a.fetch('/application', { headers })).json).to.have.length(2);
    await a.fetch(`/client/${client.id}`, { method: 'DELETE', headers });
    expect((await socket.closed).code).to.equal(1006);
    await eventually('the other node knows', async () => (await b.fetch('/message', { headers })).status === 401);
  });
});

describe('gotify after a restart', () => {
  it('goes on with the next id, and keeps those that were given', async () => {
    const relay = await world({ config: { gotify: { backlogDelay: 0 } } });
    const user = { ...JSON_TYPE, ...basic('family') };
    const body = (name: string) => ({ method: 'POST', headers: user, body: JSON.stringify({ name }) });
    const client = (await relay.fetch('/client', body('Pixel'))).json;
    const app = (await relay.fetch('/application', body('kuma'))).json;
    const before = (await send(relay, app.token, { message: '1' })).json;
    await relay.request('/Pixel.send?text=2&wait=0');
    const open = await relay.socket(`/stream?token=${client.token}`);
    await relay.stop();
    expect((await open.closed).code).to.equal(1006);
    await relay.start();
    const after = (await send(relay, app.token, { message: '3' })).json;
    const { messages } = (await relay.fetch('/message', { headers: { 'x-gotify-key': client.token } })).json;
    expect(messages.map(({ id, message }: { id: number; message: string }) => [id, message])).to.deep.equal([
      [after.id, '3'],
      [before.id + 1, '2'],
      [before.id, '1'],
    ]);
  });
});
