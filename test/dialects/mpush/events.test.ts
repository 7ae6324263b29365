import { expect } from 'chai';
import { TOKEN, type World, world } from '../../world.ts';

/** A page: a socket that asked for events. */
async function page(relay: World, name: string) {
  const socket = await relay.socket();
  socket.send({ cmd: 'AUTH', data: { token: TOKEN, name, events: true } });
  const { data } = await socket.packet('AUTH');
  return Object.assign(socket, { auth: data.auth as string });
}

const toPhone = { sendType: 'personal', target: 'phone', message: { text: 'hi' } };

describe('a socket that asks for events', () => {
  it('is answered at once when it does not want to wait, and hears of every step afterwards', async () => {
    const relay = await world();
    const desk = await page(relay, 'desk');
    const phone = await relay.device('phone');
    desk.send({ cmd: 'MESSAGE', data: { ...toPhone, wait: 0 } });
    const { data: message } = await phone.packet('MESSAGE');
    await relay.clock.tick(0);
    const { data: reply } = await desk.packet('MESSAGE_REPLY');
    expect(reply).to.deep.equal({ mid: message.mid, status: { phone: 'wait' } });
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: message.mid } });
    expect((await desk.packet('STATUS')).data).to.deep.equal({ mid: message.mid, name: 'phone', status: 'ok' });
  });

  it('hears of the messages that it sent over HTTP, where each answer belongs to its request', async () => {
    const relay = await world();
    const desk = await page(relay, 'desk');
    const phone = await relay.device('phone');
    const body = JSON.stringify({ cmd: 'MESSAGE', auth: desk.auth, data: toPhone });
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    const { json } = await relay.fetch('/?wait=0', init);
    await phone.packet('MESSAGE');
    phone.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: json.data.mid } });
    await phone.settle();
    let status: unknown;
    while (status !== 'ok') ({ status } = (await desk.packet('STATUS')).data);
  });

  it('hears what was read elsewhere', async () => {
    const relay = await world();
    const desk = await page(relay, 'desk');
    const other = await relay.device('phone', { acknowledge: true });
    const { json } = await relay.request('/phone.send?text=hi');
    const body = JSON.stringify({ mids: [json.data.mid, '1'] });
    await relay.request('/v1/reads', { method: 'POST', body });
    expect((await desk.packet('READ')).data).to.deep.equal({ mids: [json.data.mid] });
    await other.settle();
    expect(other.frames.some((frame) => frame.includes('"READ"'))).to.equal(false);
  });

  it('is told of a wait that is no number', async () => {
    const relay = await world();
    const desk = await page(relay, 'desk');
    desk.send({ cmd: 'MESSAGE', data: { ...toPhone, wait: 'soon' } });
    expect((await desk.packet('INFO')).data).to.match(/^wait must be/);
  });
});

describe('a name that nobody had to prove', () => {
  const config = { websocket: { verifyToken: false } };

  it('gives out tokens that prove nothing', async () => {
    const relay = await world({ config });
    const guest = await relay.device('guest', { token: 'no' });
    expect((await relay.fetch('/x.send', { headers: { authorization: guest.auth } })).status).to.equal(401);
    const devices = await relay.fetch('/v1/devices', { headers: { authorization: `Bearer ${guest.auth}` } });
    expect(devices.status).to.equal(403);
    guest.send({ cmd: 'AUTH', auth: guest.auth, data: { token: 'no', name: 'guest' } });
    await guest.packet('AUTH');
    expect((await relay.fetch('/x.send', { headers: { authorization: guest.auth } })).status).to.equal(401);
  });

  it('gives out tokens that end when its owner proves it', async () => {
    const relay = await world({ config });
    const guest = await relay.device('phone', { token: 'no' });
    await relay.clock.tick(5);
    const owner = await relay.device('phone');
    expect((await guest.closed).code).to.equal(4409);
    const ask = (auth: string) => relay.fetch('/v1/me', { headers: { authorization: `Bearer ${auth}` } });
    expect((await ask(guest.auth)).status).to.equal(401);
    expect((await ask(owner.auth)).status).to.equal(200);
  });

  it('finds the code of a refusal beside its text, which an mpush client does not get', async () => {
    const relay = await world();
    const desk = await page(relay, 'desk');
    const mpush = await relay.device('mpush');
    for (const socket of [desk, mpush]) socket.send({ cmd: 'MESSAGE_CALLBACK', data: {} });
    expect(await desk.packet('INFO')).to.deep.equal({ cmd: 'INFO', data: 'mid property is required', code: 'invalid' });
    expect(await mpush.packet('INFO')).to.deep.equal({ cmd: 'INFO', data: 'mid property is required' });
  });

  it('learns from the code whether its token is wrong or has ended', async () => {
    const relay = await world();
    const phone = await relay.device('phone');
    await relay.request('/v1/devices/phone', { method: 'DELETE' });
    const data = { token: 'wrong', name: 'phone', events: true };
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', data });
    expect(await socket.packet('AUTH')).to.deep.equal({
      cmd: 'AUTH',
      data: { code: 403, msg: 'Token invalid' },
      code: 'unauthorized',
    });
    socket.send({ cmd: 'AUTH', data, auth: phone.auth });
    expect(await socket.packet('INFO')).to.include({ code: 'revoked' });
    socket.send({ cmd: 'PING', data: '' });
    expect(await socket.packet('AUTH')).to.include({ code: 'unauthorized' });
  });
});
