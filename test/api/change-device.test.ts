import { expect } from 'chai';
import { eventually } from '../support/eventually.ts';
import { TOKEN, type World, world } from '../world.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const SUBSCRIPTION = {
  endpoint: 'https://push.example.com/one',
  keys: {
    auth: 'AAAAAAAAAAAAAAAAAAAAAA',
    p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  },
};

async function pair(relay: World, name: string, by = TOKEN, groups: readonly string[] = []): Promise<string> {
  const made = await relay.request('/v1/pairings', { method: 'POST', headers: { authorization: by } });
  const body = JSON.stringify({ name, groups });
  const { status, json } = await relay.fetch(`/v1/pairings/${made.json.code}`, {
    method: 'POST',
    headers: JSON_TYPE,
    body,
  });
  expect(status).to.equal(201);
  return json.auth;
}

function change(relay: World, name: string, body: unknown, authorization: string = TOKEN) {
  const headers = { ...JSON_TYPE, authorization };
  return relay.fetch(`/v1/devices/${name}`, { method: 'PATCH', headers, body: JSON.stringify(body) });
}

async function devices(
  relay: World,
): Promise<Record<string, { groups: string[]; routes: string[]; pairedBy?: string }>> {
  const { json } = await relay.request('/v1/devices');
  return Object.fromEntries(json.devices.map((device: { name: string }) => [device.name, device]));
}

describe('PATCH /v1/devices/:name', () => {
  it('changes the groups of the device, and returns a token with them', async () => {
    const relay = await world();
    const auth = await pair(relay, 'phone', TOKEN, ['home']);
    const { status, json } = await change(relay, 'phone', { groups: ['ops', 'home', 'ops'] }, auth);
    expect(status).to.equal(200);
    expect(json).to.deep.include({ name: 'phone', groups: ['ops', 'home'] });
    expect((await relay.request('/ops.group?text=x&wait=0')).json.data).to.have.property('phone');
    const me = await relay.fetch('/v1/me', { headers: { authorization: json.auth } });
    expect(me.json.groups).to.deep.equal(['ops', 'home']);
  });

  it('renames the device with its routes, groups and paired devices, and ends the old name and token', async () => {
    const relay = await world();
    const auth = await pair(relay, 'phone', TOKEN, ['home']);
    await pair(relay, 'watch', auth);
    const packet = JSON.stringify({ cmd: 'REGISTER_WEBPUSH', auth, data: SUBSCRIPTION });
    expect((await relay.fetch('/', { method: 'POST', headers: JSON_TYPE, body: packet })).status).to.equal(200);
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth, data: { name: 'phone', group: 'home' } });
    await socket.packet('AUTH');

    const { status, json } = await change(relay, 'phone', { name: 'pixel' }, auth);
    expect(status).to.equal(200);
    expect(json).to.deep.include({ name: 'pixel', groups: ['home'] });
    const known = await devices(relay);
    expect(Object.keys(known)).to.have.members(['pixel', 'watch']);
    expect(known['pixel']?.routes).to.have.members(['websocket', 'webpush']);
    expect(known['watch']?.pairedBy).to.equal('pixel');
    expect((await relay.fetch('/v1/me', { headers: { authorization: auth } })).json.code).to.equal('revoked');
    expect((await relay.fetch('/v1/me', { headers: { authorization: json.auth } })).json.name).to.equal('pixel');
    expect((await relay.request('/home.group?text=x&wait=0')).json.data)
      .to.include.keys('pixel')
      .and.not.have.property('phone');
    // The socket of the old name no longer gets its messages.
    expect((await relay.request('/phone.send?text=x&wait=0')).json.data.phone).to.equal('no');

    await relay.stop();
    await relay.start();
    expect(Object.keys(await devices(relay))).to.have.members(['pixel', 'watch']);
  });

  it('refuses a name that is taken or reserved for the owner, and changes nothing', async () => {
    const relay = await world();
    const auth = await pair(relay, 'phone');
    await pair(relay, 'tablet');
    expect((await change(relay, 'phone', { name: 'tablet' }, auth)).json.code).to.equal('forbidden');
    expect((await change(relay, 'phone', { name: 'tablet' })).json.code).to.equal('forbidden');
    await relay.fetch('/v1/devices/tablet', { method: 'DELETE', headers: { authorization: auth } });
    expect((await change(relay, 'phone', { name: 'tablet' }, auth)).json.code).to.equal('forbidden');
    expect(Object.keys(await devices(relay))).to.deep.equal(['phone']);
    expect((await change(relay, 'phone', { name: 'tablet' })).status).to.equal(200);
  });

  it('lets a device change only itself', async () => {
    const relay = await world();
    const auth = await pair(relay, 'phone');
    await pair(relay, 'tablet');
    expect((await change(relay, 'tablet', { groups: ['x'] }, auth)).json.code).to.equal('forbidden');
    expect((await change(relay, 'tablet', { name: 'x' }, 'wrong')).json.code).to.equal('unauthorized');
    expect((await change(relay, 'nosuch', { name: 'x' })).json.code).to.equal('not_found');
  });

  it('loses no message that is accepted while the name changes', async () => {
    const relay = await world();
    const auth = await pair(relay, 'phone');
    const sends = Array.from({ length: 20 }, () => relay.request('/phone.send?text=hi&wait=0'));
    const renamed = change(relay, 'phone', { name: 'pixel' }, auth);
    const statuses = (await Promise.all(sends)).map(({ json }) => json.data.phone);
    const { status } = await renamed;
    const accepted = statuses.filter((one) => one !== undefined && one !== 'no').length;
    const [name] = Object.keys(await devices(relay));
    expect(name).to.equal(status === 200 ? 'pixel' : 'phone');
    const { json } = await relay.request(`/v1/devices/${name}/messages?since=0`);
    expect(json.messages).to.have.lengthOf(accepted);
  });

  it('waits for messages that are in flight to the old name', async () => {
    const relay = await world();
    const auth = await pair(relay, 'phone');
    await relay.request('/phone.send?text=hi&wait=0');
    const refused = await change(relay, 'phone', { name: 'pixel' }, auth);
    expect([refused.status, refused.json.code]).to.deep.equal([503, 'unavailable']);
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth, data: { name: 'phone' } });
    const { data } = await socket.packet('MESSAGE');
    socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    await eventually('the device has the message', async () => {
      return (await change(relay, 'phone', { name: 'pixel' }, auth)).status === 200;
    });
  });

  const hostile: [string, unknown][] = [
    ['nothing', {}],
    ['a name that is no text', { name: 7 }],
    ['an empty name', { name: '' }],
    ['a name with a slash', { name: 'a/b' }],
    ['a reserved name', { name: 'mid' }],
    ['a name with invisible characters', { name: 'pho\u200bne' }],
    ['a name with a blank at its end', { name: 'pixel ' }],
    ['groups that are no list', { groups: { a: 1 } }],
    ['too many groups', { groups: Array.from({ length: 33 }, (_, n) => `g${n}`) }],
    ['no object', ['name']],
  ];
  for (const [what, body] of hostile) {
    it(`refuses ${what}`, async () => {
      const relay = await world();
      const auth = await pair(relay, 'phone', TOKEN, ['home']);
      expect((await change(relay, 'phone', body, auth)).json.code).to.equal('invalid');
      expect((await devices(relay))['phone']?.groups).to.deep.equal(['home']);
      expect((await relay.fetch('/v1/me', { headers: { authorization: auth } })).status).to.equal(200);
    });
  }

  it('refuses when two devices want each other’s names, and changes nothing', async () => {
    const relay = await world();
    const [a, b] = [await pair(relay, 'a'), await pair(relay, 'b')];
    const answers = await Promise.all([change(relay, 'a', { name: 'b' }, a), change(relay, 'b', { name: 'a' }, b)]);
    expect(answers.map(({ status }) => status)).to.deep.equal([403, 403]);
    expect(Object.keys(await devices(relay))).to.have.members(['a', 'b']);
  });
});
