import { once } from 'node:events';
import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import type { TestSocket } from '../../support/socket.ts';
import { TOKEN, world } from '../../world.ts';
import { info, open, raw, readAll, stored } from './requests.ts';

/** Message frames so far. */
const messages = (socket: TestSocket) => socket.frames.filter((frame) => frame.startsWith('{"cmd":"MESSAGE"'));
const JSON_TYPE = { 'content-type': 'application/json' };

// Each of these went wrong in mpush, and the number is that of the list of its bugs.
describe('what went wrong before', () => {
  it('1: a hundred sends at once have a hundred mids, and each sender reads ok', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    const sends = Array.from({ length: 100 }, (_, i) =>
      relay.post({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'a', message: { text: String(i) } } }),
    );
    const replies = (await Promise.all(sends)).map(({ json }) => json.data);
    expect(new Set(replies.map(({ mid }) => mid)).size).to.equal(100);
    expect(replies.every(({ a }) => a === 'ok')).to.equal(true);
    const mids = messages(device).map((frame) => Number(JSON.parse(frame).data.mid));
    expect(mids).to.have.length(100);
    expect(mids).to.deep.equal([...mids].sort((a, b) => a - b));
  });

  it('2: an auth object is nobody', async () => {
    const relay = await world();
    const device = await relay.device('victim');
    const boss = { name: 'boss', group: '' };
    const sending = relay.post({ cmd: 'MESSAGE', auth: boss, data: { sendType: 'personal', target: 'victim' } });
    const { from, mid } = (await device.packet('MESSAGE')).data;
    expect(from).to.deep.equal({ method: 'http', name: '' });
    const victim = { name: 'victim', group: '' };
    const stolen = await relay.post({ cmd: 'MESSAGE_CALLBACK', auth: victim, data: { mid } });
    expect(stolen.status).to.equal(401);
    expect((await relay.post({ cmd: 'REGISTER_FCM', auth: victim, data: { token: 'mine' } })).status).to.equal(401);
    await relay.clock.tick(5000);
    expect((await sending).json.data.victim).to.equal('wait');
  });

  it('2: nor is an unsigned token', async () => {
    const relay = await world();
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = part({ name: 'boss', group: '', groups: [], iat: Math.floor(relay.clock.now() / 1000) });
    for (const auth of [
      `${part({ alg: 'none', typ: 'JWT' })}.${claims}.`,
      `${part({ alg: 'HS256', typ: 'JWT' })}.${claims}.`,
    ]) {
      const { status, json } = await relay.post({ cmd: 'TEST_HTTP', auth });
      expect(status).to.equal(401);
      expect(json.data).to.match(/^parse ClientSocketPacket error: /);
    }
  });

  it('4: a malformed frame on a socket that was taken over ends nothing', async () => {
    const relay = await world();
    const old = await relay.device('a');
    const young = await relay.device('a');
    old.stream?.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    await old.closed;
    await young.settle();
    expect((await relay.fetch('/health')).status).to.equal(200);
  });

  it('5: a message that is never acknowledged does not hold up the next', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await relay.request('/a.send?text=stuck&wait=0');
    await device.packet('MESSAGE');
    for (let i = 0; i < 10; i += 1) {
      const sending = relay.request('/a.send?text=x');
      const { mid } = (await device.packet('MESSAGE')).data;
      device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
      expect((await sending).json.data.a).to.equal('ok');
    }
  });

  it('8: an acknowledgement over HTTP ends the repeats on the socket', async () => {
    const relay = await world();
    const device = await relay.device('a');
    await relay.request('/a.send?wait=0&text=x');
    const { mid } = (await device.packet('MESSAGE')).data;
    await relay.post({ cmd: 'MESSAGE_CALLBACK', auth: device.auth, data: { mid } });
    await relay.clock.tick(20_000);
    await device.settle();
    expect(messages(device)).to.have.length(1);
  });

  it('9: AUTH again on a socket keeps it', async () => {
    const relay = await world();
    const device = await relay.device('a');
    for (let i = 0; i < 3; i += 1) {
      device.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
      expect((await device.packet('AUTH')).data.code).to.equal(200);
    }
    expect((await relay.request('/a.send?wait=0&text=x')).json.data.a).to.equal('wait');
  });

  it('10: a socket that changed its name gets nothing for the earlier one', async () => {
    const relay = await world();
    const device = await relay.device('a');
    device.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'b' } });
    await device.packet('AUTH');
    await relay.request('/a.send?wait=0&text=x');
    await relay.clock.tick(10_000);
    await device.settle();
    expect(messages(device)).to.deep.equal([]);
  });

  it('11: a wrong mid unlocks nothing', async () => {
    const relay = await world({ config: { websocket: { window: 1 } } });
    const device = await relay.device('a');
    for (let i = 0; i < 20; i += 1) await relay.request('/a.send?wait=0&text=x');
    for (let i = 0; i < 100; i += 1) device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: '1' } });
    await device.settle();
    expect(messages(device)).to.have.length(1);
  });

  it('14: ok is not taken back by a later repeat, and ready is not told of what was sent', async () => {
    const relay = await world();
    const device = await relay.device('a');
    const { mid, a } = (await relay.request('/a.send?wait=0&text=x')).json.data;
    expect(a).to.equal('wait');
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    await device.settle();
    await relay.clock.tick(10_000);
    expect((await stored(relay, 'a')).map(({ status }) => status)).to.deep.equal(['ok']);
  });

  it('15: a sender that reconnects gets its reply', async () => {
    const relay = await world({ config: { websocket: { waitTimeout: 3000 } } });
    const sender = await relay.device('a');
    const recipient = await relay.device('b');
    sender.send({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'b' } });
    const { mid } = (await recipient.packet('MESSAGE')).data;
    const again = await relay.device('a');
    await sender.closed;
    await relay.clock.tick(3000);
    expect(await again.next()).to.equal(`{"cmd":"MESSAGE_REPLY","data":{"mid":"${mid}","status":{"b":"wait"}}}`);
  });

  it('16: a typo is no send to a group', async () => {
    const relay = await world();
    const device = await relay.device('d', { group: 'a' });
    for (const path of ['/a.sendx', '/a.b.c', '/a.send/x', '/a.']) {
      expect((await raw(relay, { path })).status, path).to.equal(404);
    }
    expect((await raw(relay, { path: '/a.b.send?wait=0&text=x' })).text).to.include('"a.b":"no"');
    await device.settle();
    expect(messages(device)).to.deep.equal([]);
  });

  it('17: an empty group is nobody', async () => {
    const relay = await world();
    const device = await relay.device('a');
    expect((await relay.request('/.group?text=x')).status).to.equal(400);
    const packet = { cmd: 'MESSAGE', data: { sendType: 'group', target: '', message: { text: 'x' } } };
    expect((await relay.post(packet)).text).to.equal(info('target property is required'));
    await device.settle();
    expect(messages(device)).to.deep.equal([]);
  });

  it('18: a character may lie across two TCP segments', async () => {
    const relay = await world();
    const device = await relay.device('a', { acknowledge: true });
    const packet = { cmd: 'MESSAGE', data: { sendType: 'personal', target: 'a', message: { text: '你好世界' } } };
    const body = Buffer.from(JSON.stringify(packet));
    const cut = body.indexOf('好') + 1;
    const socket = await open(relay);
    const answer = readAll(socket);
    socket.setNoDelay(true);
    const head = `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${TOKEN}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(Buffer.concat([Buffer.from(head), body.subarray(0, cut)]));
    // A whole request in between makes sure that the relay has read the first part.
    await relay.fetch('/health');
    socket.write(body.subarray(cut));
    expect(await answer).to.include('"a":"ok"');
    expect((await device.packet('MESSAGE')).data.message.text).to.equal('你好世界');
  });

  it('19: a large body without a token is refused while it is sent', async () => {
    const relay = await world();
    const socket = await open(relay);
    socket.write(
      'POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 150000000\r\n\r\n{',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).to.match(/^HTTP\/1\.1 413 /);
  });

  it('19: a queue has an end', async () => {
    const relay = await world({ config: { storage: { maxQueued: 3 } } });
    const device = await relay.device('a');
    device.ws.terminate();
    const statuses: string[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await relay.request('/a.send?wait=0&text=x')).json.data.a);
    expect(statuses.slice(3)).to.deep.equal(['failed', 'failed']);
    const again = await relay.device('a', { acknowledge: true });
    for (let i = 0; i < 3; i += 1) await again.packet('MESSAGE');
    await again.settle();
    expect(messages(again)).to.have.length(3);
    // A place is free when the acknowledgement is durable, a moment after the relay has read it.
    await eventually(
      'the queue has room again',
      async () => (await relay.request('/a.send?text=x')).json.data.a === 'ok',
    );
  });

  it('21: the token of one device opens no other', async () => {
    const relay = await world();
    const { auth } = await relay.device('a');
    const owner = await relay.device('b');
    const socket = await relay.socket();
    socket.send({ cmd: 'AUTH', auth, data: { token: auth, name: 'b' } });
    expect((await socket.packet('AUTH')).data.code).to.equal(403);
    await owner.settle();
  });

  it('24: names like __proto__ are names like any other', async () => {
    const relay = await world();
    for (const name of ['__proto__', 'constructor', 'hasOwnProperty']) {
      const device = await relay.device(name, { group: '__proto__', acknowledge: true });
      const { text } = await relay.request(`/${name}.send?text=x`);
      expect(text).to.include(`"status":{"${name}":"ok"},"${name}":"ok"`);
      await device.packet('MESSAGE');
    }
    expect((await relay.request('/__proto__.group?text=x')).text).to.include(
      '"status":{"__proto__":"ok","constructor":"ok","hasOwnProperty":"ok"}',
    );
  });

  it('25: UNREGISTER ends what is pending, and its sender is told', async () => {
    const relay = await world();
    const device = await relay.device('a');
    const sending = relay.request('/a.send?text=x');
    await device.packet('MESSAGE');
    device.send({ cmd: 'UNREGISTER' });
    expect((await sending).json.data.a).to.equal('failed');
    expect((await relay.fetch('/health')).json.queued).to.equal(0);
    await relay.stop();
    await relay.start();
    expect(relay.relay.devices()).to.deep.equal([]);
    expect((await relay.fetch('/health')).json.queued).to.equal(0);
  });
});

describe('a device name in JSON', () => {
  it('is told in order also where it looks like a number', async () => {
    const relay = await world();
    for (const name of ['b', '2', '1']) await relay.device(name, { group: 'g', acknowledge: true });
    const answer = await raw(relay, {
      method: 'POST',
      path: '/g.group',
      headers: JSON_TYPE,
      body: '{"text":"x"}',
    });
    expect(answer.text).to.include('"status":{"b":"ok","2":"ok","1":"ok"}');
  });
});
