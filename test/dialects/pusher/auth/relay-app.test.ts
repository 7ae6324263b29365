import { expect } from 'chai';
import { hmacHex } from '../../../../server/base/hmac.ts';
import { deviceChannel } from '../../../../server/channel/relay-app.ts';
import { onCleanup } from '../../../support/cleanup.ts';
import { TOKEN, World, world } from '../../../world.ts';
import { authOf } from '../../mpush/requests.ts';
import { rawWire, type Wire, wire } from '../helpers.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('POST /pusher/auth', () => {
  const ask = (relay: World, fields: Record<string, string>, path = '/pusher/auth') =>
    relay.fetch(path, { method: 'POST', body: new URLSearchParams({ socket_id: '1.2', ...fields }) });

  it('signs a device only its own channel and those of its groups', async () => {
    const relay = await world();
    const { auth } = await relay.device('phone', { group: 'all' });
    await relay.device('desk', { group: 'others' });
    const status = async (channel_name: string, extra: Record<string, string> = { auth }) =>
      (await ask(relay, { channel_name, ...extra })).status;
    expect(await status('private-device-phone')).to.equal(200);
    expect(await status('presence-group-all')).to.equal(200);
    for (const channel of [
      'private-device-desk',
      'presence-group-others',
      'private-device-',
      'private-events-phone',
      'private-reads',
      'private-anything',
      'public',
      '',
    ]) {
      expect(await status(channel), channel).to.equal(403);
    }
    expect(await status('private-device-phone', {})).to.equal(403);
    expect(await status('private-device-phone', { token: 'wrong' })).to.equal(403);
    // Its own token is as good as before: the device has shown the token once.
    expect(await status('private-device-phone')).to.equal(200);
    expect(await status('presence-group-all', { token: TOKEN })).to.equal(403);
    expect(await status('presence-group-all', { token: TOKEN, name: 'phone' })).to.equal(200);
    expect(await status('presence-group-all', { token: TOKEN, name: 'desk' })).to.equal(403);
  });

  it('refuses a socket id that could make a signature mean something else', async () => {
    const relay = await world();
    for (const socket_id of ['1.2::user:', '1.2\n', '', '1', '1.2:presence-x', ' 1.2']) {
      expect((await ask(relay, { socket_id, channel_name: 'private-device-a', token: TOKEN })).status).to.equal(400);
    }
  });

  it('slows down an address that guesses the token', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 2 } } });
    const show = async (token: string) => (await ask(relay, { channel_name: 'private-device-a', token })).status;
    expect([await show('a'), await show('a'), await show('b')]).to.deep.equal([403, 403, 403]);
    expect([await show('c'), await show(TOKEN)]).to.deep.equal([429, 200]);
  });

  it('does not count a request without a token as a guess', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1 } } });
    for (let round = 0; round < 3; round += 1) {
      expect((await ask(relay, { channel_name: 'private-device-a' })).status).to.equal(403);
    }
  });

  it('accepts tokens that devices got without a proof, until the relay asks for one', async () => {
    const open = await world({ config: { websocket: { verifyToken: false } } });
    const socket = await open.socket();
    socket.send({ cmd: 'AUTH', data: { name: 'phone' } });
    const fields = { channel_name: 'private-device-phone', auth: (await socket.packet('AUTH')).data.auth };
    // A second time, since asking does not make it one that has shown the token.
    for (let round = 0; round < 2; round += 1) expect((await ask(open, fields)).status).to.equal(200);
    await open.stop();
    const closed = new World(open.dir, {});
    onCleanup(() => closed.stop());
    await closed.start();
    expect((await ask(closed, fields)).status).to.equal(403);
  });

  it('registers a device as proven whose own token was given for the token', async () => {
    const relay = await world();
    const fields = { channel_name: 'private-device-phone', auth: await authOf(relay, 'phone') };
    for (let round = 0; round < 2; round += 1) expect((await ask(relay, fields)).status).to.equal(200);
    const own = { headers: { authorization: fields.auth } };
    expect((await relay.request('/v1/me', own)).json).to.include({ name: 'phone' });
  });

  it('reads of a body in chunks what the address has left without a token', async () => {
    const relay = await world({ config: { http: { maxUnproven: 65_536 } } });
    const wrong = (length: number) => `token=wrong&x=${'x'.repeat(length)}`;
    expect((await relay.fetch('/pusher/auth', { method: 'POST', body: wrong(60_000) })).status).to.equal(403);
    const chunks = { method: 'POST', body: new Blob([wrong(30_000)]).stream(), duplex: 'half' } as RequestInit;
    expect((await relay.fetch('/pusher/auth', chunks)).status).to.equal(413);
  });

  it('refuses the name of a webhook, and a device that was removed', async () => {
    const relay = await world({ config: { webhook: { clients: [{ name: 'hook', url: 'http://127.0.0.1:9/' }] } } });
    expect((await ask(relay, { channel_name: 'private-device-hook', token: TOKEN })).status).to.equal(403);
    const { auth } = await relay.device('phone');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    expect((await ask(relay, { channel_name: 'private-device-phone', auth })).status).to.equal(403);
  });

  it('takes JSON and the authorization header, and names with other letters', async () => {
    const relay = await world();
    const channel_name = deviceChannel('手机');
    const answer = await relay.request('/pusher/auth', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ socket_id: '1.2', channel_name }),
    });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect((await relay.request('/v1/devices')).json.devices[0].name).to.equal('手机');
  });

  it('signs users for /pusher/user-auth', async () => {
    const relay = await world();
    const { auth } = await relay.device('phone');
    const { json } = await ask(relay, { auth }, '/pusher/user-auth');
    const one: Wire = await rawWire(relay, `/app/${json.auth.split(':')[0]}`);
    await one.frame();
    one.send({ event: 'pusher:signin', data: json });
    expect((await one.frame()).data.code, 'signed for another socket').to.equal(4009);
    expect(json.user_data).to.equal('{"id":"phone"}');
    expect((await ask(relay, { token: TOKEN }, '/pusher/user-auth')).status).to.equal(403);
  });

  it('signs users whose devices have any name in, as their channels write it', async () => {
    const relay = await world();
    const key = (await ask(relay, { channel_name: 'private-device-a', token: TOKEN })).json.auth.split(':')[0];
    for (const [name, id] of [
      ['my phone', 'my=20phone'],
      ['手机', '=E6=89=8B=E6=9C=BA'],
    ] as const) {
      const one = await wire(relay, key);
      const { json } = await ask(relay, { token: TOKEN, name, socket_id: one.id }, '/pusher/user-auth');
      one.send({ event: 'pusher:signin', data: json });
      expect((await one.frame()).event, name).to.equal('pusher:signin_success');
      expect(JSON.parse(json.user_data)).to.deep.equal({ id });
    }
    expect((await ask(relay, { token: TOKEN, name: 'a/b' }, '/pusher/user-auth')).status).to.equal(400);
  });

  it('lets pages of other origins ask where the config says so', async () => {
    const relay = await world({ config: { http: { cors: true } } });
    const headers = { origin: 'https://a.example', 'access-control-request-headers': 'x-a' };
    const preflight = await relay.fetch('/pusher/auth', { method: 'OPTIONS', headers });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get('access-control-allow-origin')).to.equal('https://a.example');
    expect((await relay.fetch('/pusher/auth')).headers.get('allow')).to.equal('POST');
  });
});

describe('POST /subscribe/auth', () => {
  const sample = (relay: World, path: string, fields: Record<string, string>) =>
    relay.fetch(path, { method: 'POST', headers: FORM, body: new URLSearchParams(fields) });

  it('exists only where an app wants to be tried out, with a warning', async () => {
    const warnings: string[] = [];
    const logger = {
      debug() {},
      info() {},
      warn: (_facts: object, text: string) => void warnings.push(text),
      error() {},
    };
    const app = { id: '1', key: 'k', secret: 's' };
    const off = await world({ config: { apps: [app] } });
    expect((await sample(off, '/subscribe/auth', { socket_id: '1.2', channel_name: 'private-a' })).json?.auth).to.equal(
      undefined,
    );
    const on = await world({ config: { apps: [{ ...app, sampleAuth: true }] }, logger });
    expect(warnings.join()).to.contain('sampleAuth');
    const answer = await sample(on, '/subscribe/private/auth', { socket_id: '1.2', channel_name: 'private-a' });
    expect(answer.json).to.deep.equal({ auth: `k:${hmacHex('s', '1.2:private-a')}` });
    const wrong: [Record<string, string>, string][] = [
      [{ socket_id: '1.2' }, 'Required channel_name'],
      [{ socket_id: '1.2', channel_name: 'a' }, 'Invalid channel_name'],
      [{ socket_id: '1.2', channel_name: 'presence-a' }, 'Invalid channel_name'],
      [{ channel_name: 'private-a' }, 'Required socket_id'],
    ];
    for (const [fields, error] of wrong) {
      const { status, json } = await sample(on, '/subscribe/private/auth', fields);
      expect([status, json]).to.deep.equal([400, { error }]);
    }
  });

  it('leaves its paths to others where no app wants it', async () => {
    const fields = { socket_id: '1.2', channel_name: 'private-a' };
    const off = { id: '1', key: 'k', secret: 's', sampleAuth: true, enabled: false };
    for (const apps of [[], [off]]) {
      const relay = await world({ config: { apps } });
      const { status, text } = await sample(relay, '/subscribe/other', fields);
      const answer = await sample(relay, '/subscribe/auth', fields);
      expect([answer.status, answer.text]).to.deep.equal([status, text]);
    }
  });

  it('signs by a key that is good, for pages of other origins where the config lets them ask', async () => {
    const keys = [
      { key: 'old', secret: 's', active: false },
      { key: 'new', secret: 's' },
    ];
    for (const cors of [true, false]) {
      const relay = await world({ config: { http: { cors }, apps: [{ id: '1', keys, sampleAuth: true }] } });
      const answer = await sample(relay, '/subscribe/auth', { socket_id: '1.2', channel_name: 'private-a' });
      expect(answer.json.auth).to.equal(`new:${hmacHex('s', '1.2:private-a')}`);
      expect(answer.headers.get('access-control-allow-origin')).to.equal(cors ? '*' : null);
    }
  });

  it('refuses a member that is nested deeply', async () => {
    const apps = [false, true].map((webman) => ({
      id: `${webman}`,
      key: `${webman}`,
      secret: 's',
      sampleAuth: true,
      webman,
    }));
    const relay = await world({ config: { apps } });
    const channel_data = `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
    for (const { key } of apps) {
      const fields = { app_key: key, socket_id: '1.2', channel_name: 'presence-a', channel_data };
      const { status, json } = await sample(relay, '/subscribe/presence/auth', fields);
      expect([status, json]).to.deep.equal([400, { error: 'Invalid channel_data' }]);
    }
  });
});
