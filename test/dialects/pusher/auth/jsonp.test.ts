import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { deviceChannel } from '../../../../server/channel/relay-app.ts';
import { TOKEN, type World, world } from '../../../world.ts';

const CALLBACK = "Pusher.auth_callbacks['1']";

/** Asks as the SDK does in a page, by the address of a script. */
const ask = (relay: World, fields: Record<string, string>, path = '/pusher/auth') =>
  relay.fetch(`${path}?${new URLSearchParams({ callback: CALLBACK, socket_id: '1.2', ...fields })}`);

/** What the callback of a page is called with. */
function told(script: string): unknown {
  const calls: unknown[] = [];
  runInNewContext(script, { Pusher: { auth_callbacks: { 1: (data: unknown) => calls.push(data) } } });
  expect(calls).to.have.length(1);
  return JSON.parse(JSON.stringify(calls[0]));
}

describe('GET /pusher/auth', () => {
  it('calls the callback of the page with what POST answers', async () => {
    const relay = await world();
    const fields = { channel_name: deviceChannel('phone'), token: TOKEN };
    const script = await ask(relay, fields);
    expect(script.status).to.equal(200);
    expect(script.headers.get('content-type')).to.match(/^application\/javascript/);
    expect(script.headers.get('x-content-type-options')).to.equal('nosniff');
    expect(script.headers.get('cache-control')).to.equal('no-store');
    const body = new URLSearchParams({ socket_id: '1.2', ...fields });
    const { json } = await relay.fetch('/pusher/auth', { method: 'POST', body });
    expect(script.text).to.equal(`${CALLBACK}(${JSON.stringify(json)});`);
    expect(told(script.text)).to.deep.equal(json);
  });

  it('signs users as well', async () => {
    const relay = await world();
    const { text } = await ask(relay, { name: 'phone', token: TOKEN }, '/pusher/user-auth');
    expect(told(text)).to.include({ user_data: '{"id":"phone"}' });
  });

  it('refuses a request without a token, and answers with no script', async () => {
    const relay = await world();
    const { status, json, headers } = await ask(relay, { channel_name: deviceChannel('phone') });
    expect([status, Object.keys(json)]).to.deep.equal([403, ['error']]);
    expect(headers.get('content-type')).to.match(/^application\/json/);
    expect((await relay.request('/v1/devices')).json.devices).to.deep.equal([]);
  });

  for (const callback of [
    '',
    'alert',
    'alert(1);Pusher.auth_callbacks',
    `${CALLBACK};alert(1)//`,
    `${CALLBACK}\n`,
    `x;${CALLBACK}`,
    "Pusher.auth_callbacks['a']",
    "Pusher.auth_callbacks['']",
    'Pusher.auth_callbacks["1"]',
    `Pusher.auth_callbacks['${'1'.repeat(11)}']`,
  ]) {
    it(`refuses the callback ${JSON.stringify(callback)}`, async () => {
      const relay = await world();
      const answer = await ask(relay, { callback, channel_name: deviceChannel('phone'), token: TOKEN });
      expect([answer.status, answer.json]).to.deep.equal([400, { error: 'Invalid callback' }]);
      expect((await relay.request('/v1/devices')).json.devices).to.deep.equal([]);
    });
  }

  it('wants POST where there is no callback', async () => {
    const relay = await world();
    const query = new URLSearchParams({ socket_id: '1.2', channel_name: deviceChannel('phone'), token: TOKEN });
    const { status, headers } = await relay.fetch(`/pusher/auth?${query}`);
    expect([status, headers.get('allow')]).to.deep.equal([405, 'POST']);
    query.set('callback', CALLBACK);
    expect((await relay.fetch(`/pusher/auth?${query}`, { method: 'PUT' })).status).to.equal(405);
  });
});
