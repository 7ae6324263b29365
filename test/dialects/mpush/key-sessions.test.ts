import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { twoWorlds } from '../../support/redis/worlds.ts';
import type { TestSocket } from '../../support/socket.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN, type World, world } from '../../world.ts';

const ENDED = { code: 4410, reason: 'the key has ended or changed' };

/** Makes a key. @returns its text */
async function keyIn(relay: World, name: string, settings: object): Promise<string> {
  const { json } = await relay.request('/v1/keys', { method: 'POST', body: JSON.stringify({ name, ...settings }) });
  return json.key;
}

/** Opens a socket and shows a key. @returns the socket, and the answer */
async function enter(relay: World, token: string, data: object) {
  const socket = await relay.socket();
  socket.send({ cmd: 'AUTH', data: { token, ...data } });
  const answer = await socket.packet('AUTH');
  return { socket, answer: answer.data };
}

const statusOf = async (relay: World, path: string) => (await relay.request(path)).json.data.status;
const acknowledge = async (socket: TestSocket) => {
  const { data } = await socket.packet('MESSAGE');
  socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
  return data.message.text;
};

describe('a socket that shows a key', () => {
  let relay: World;
  beforeEach(async () => {
    relay = await world();
  });

  it('is the device that the key may receive as, and gets no token of the device', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', groups: ['home'], receive: ['kitchen'] });
    for (const data of [{ name: 'kitchen', group: 'home' }, { name: '' }, {}]) {
      const { socket, answer } = await enter(relay, key, data);
      expect(answer).to.include({ code: 200, auth: '' });
      expect(await Promise.all([statusOf(relay, '/kitchen.send?text=a'), acknowledge(socket)])).to.deep.equal([
        { kitchen: 'ok' },
        'a',
      ]);
    }
    const twice = await enter(relay, key + key, { name: 'kitchen' });
    expect(twice.answer.code).to.equal(200);
  });

  it('is refused as any other device, and in groups that are not the key’s', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', receive: ['kitchen', 'hall'] });
    const sender = await keyIn(relay, 'sender', { device: 'kitchen' });
    const tries: readonly (readonly [string, object, string])[] = [
      [key, { name: 'phone' }, 'the key screen may not receive what is sent to phone'],
      [key, { name: 'kitchen', group: 'home' }, 'the key screen may not receive what is sent to home'],
      [sender, { name: 'kitchen' }, 'the key sender may not receive what is sent to kitchen'],
      [`${key.slice(0, -1)}_`, { name: 'kitchen' }, 'Token invalid'],
    ];
    for (const [token, data, msg] of tries) {
      const { answer } = await enter(relay, token, data);
      expect(answer, JSON.stringify(data)).to.include({ code: 403, msg });
    }
    expect(relay.relay.devices()).to.deep.equal(['kitchen']);
    const { answer } = await enter(relay, key, { name: 'hall', group: 'kitchen' });
    expect(answer.code, 'a group that it may receive').to.equal(200);
  });

  it('sends what the key may send, under its name', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', send: ['phone'], receive: ['kitchen'] });
    const phone = await relay.device('phone');
    const { socket } = await enter(relay, key, { name: 'kitchen' });
    const send = (target: string) =>
      socket.send({
        cmd: 'MESSAGE',
        auth: '',
        data: { sendType: 'personal', target, message: { text: 'x' }, wait: 0 },
      });
    send('phone');
    expect((await phone.packet('MESSAGE')).data.from).to.deep.equal({ method: 'websocket', name: 'screen' });
    expect((await socket.packet('MESSAGE_REPLY')).data.status).to.have.property('phone');
    send('kitchen');
    expect((await socket.packet('INFO')).data).to.equal('the key screen may not send to kitchen');
  });

  it('registers no push and removes no device', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', receive: ['kitchen'] });
    const { socket } = await enter(relay, key, { name: 'kitchen' });
    for (const cmd of ['REGISTER_WEBPUSH', 'REGISTER_FCM', 'UNREGISTER']) {
      socket.send({ cmd, data: {} });
      expect((await socket.packet('INFO')).data).to.equal(`${cmd} needs the token of the device, not a key`);
    }
    expect(relay.relay.devices()).to.deep.equal(['kitchen']);
  });

  it('does not learn what all devices have read', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', receive: ['kitchen'] });
    const manager = await keyIn(relay, 'manager', { device: 'desk', receive: ['desk'], manage: true });
    const { socket } = await enter(relay, key, { name: 'kitchen', events: true });
    const other = await enter(relay, manager, { name: 'desk', events: true });
    await relay.request('/v1/devices', { method: 'POST', body: '{"name":"phone"}' });
    const { mid } = (await relay.request('/phone.send?text=x&wait=0')).json.data;
    await relay.request('/v1/reads', { method: 'POST', body: JSON.stringify({ mids: [mid] }) });
    await other.socket.packet('READ');
    socket.send({ cmd: 'PING' });
    expect((await socket.packet()).cmd).to.equal('PONG');
  });

  it('ends with the key: when it is removed, switched off, changed, given a new text, or expired', async () => {
    const ends: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['removed', () => relay.request('/v1/keys/screen', { method: 'DELETE' })],
      ['off', () => relay.request('/v1/keys/screen', { method: 'PATCH', body: '{"enabled":false}' })],
      ['less', () => relay.request('/v1/keys/screen', { method: 'PATCH', body: '{"receive":[]}' })],
      ['rotated', () => relay.request('/v1/keys/screen/rotate', { method: 'POST', body: '{"keep":0}' })],
      ['expired', () => relay.clock.tick(60_000)],
    ];
    for (const [how, end] of ends) {
      const expires = relay.clock.now() + 60_000;
      const key = await keyIn(relay, 'screen', { device: 'kitchen', receive: ['kitchen'], expires });
      const { socket, answer } = await enter(relay, key, { name: 'kitchen' });
      expect(answer.code, how).to.equal(200);
      await end();
      expect(await socket.closed, how).to.deep.equal(ENDED);
      await relay.request('/v1/keys/screen', { method: 'DELETE' });
    }
  });

  it('goes on when the key is changed in what is no right of it', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', receive: ['kitchen'] });
    const { socket } = await enter(relay, key, { name: 'kitchen' });
    await relay.request('/v1/keys/screen', { method: 'PATCH', body: '{"priority":5}' });
    socket.send({ cmd: 'PING' });
    expect((await socket.packet()).cmd).to.equal('PONG');
  });

  it('ends no longer with a key once it has shown the token', async () => {
    const key = await keyIn(relay, 'screen', { device: 'kitchen', receive: ['kitchen'] });
    const { socket } = await enter(relay, key, { name: 'kitchen' });
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'kitchen' } });
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
    await relay.request('/v1/keys/screen', { method: 'DELETE' });
    socket.send({ cmd: 'PING' });
    expect((await socket.packet()).cmd).to.equal('PONG');
  });
});

describe('a key that is ended on another node', () => {
  it('ends its sockets and streams there at once, and no others', async () => {
    const [one, two] = await twoWorlds();
    const settings = { device: 'kitchen', receive: ['kitchen', 'hall'] };
    const ends: readonly (readonly [string, string, RequestInit])[] = [
      ['changed', '', { method: 'PATCH', body: '{"receive":["kitchen"]}' }],
      ['rotated', '/rotate', { method: 'POST', body: '{"keep":0}' }],
      ['removed', '', { method: 'DELETE' }],
    ];
    const other = await keyIn(one, 'other', { device: 'hall', receive: ['hall'] });
    const hall = await enter(two, other, { name: 'hall' });
    expect(hall.answer.code, 'a key that the other node has just made').to.equal(200);
    for (const [how, path, init] of ends) {
      const name = `screen ${how}`;
      const key = await keyIn(one, name, settings);
      const { socket, answer } = await enter(two, key, { name: 'kitchen' });
      expect(answer.code, how).to.equal(200);
      const stream = await openStream(two.url('/v1/stream?target=hall'), { authorization: key });
      await stream.next();
      await one.request(`/v1/keys/${encodeURIComponent(name)}${path}`, init);
      expect(await socket.closed, how).to.deep.equal(ENDED);
      await eventually('the stream ends', () => stream.ending !== undefined);
    }
    hall.socket.send({ cmd: 'PING' });
    expect((await hall.socket.packet('PONG')).cmd).to.equal('PONG');
  });
});
