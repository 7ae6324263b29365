import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import type { TestSocket } from '../../support/socket.ts';
import { TOKEN, world } from '../../world.ts';
import { ACCEPTED, info } from './requests.ts';

const NEED_AUTH = '{"cmd":"AUTH","data":{"code":401,"msg":"Need Auth"}}';
const INVALID = '{"cmd":"AUTH","data":{"code":403,"msg":"Token invalid"}}';
/** What the relay answers to one frame. */
async function answerTo(socket: TestSocket, packet: unknown): Promise<string> {
  socket.send(packet);
  return socket.next();
}

/** True when a frame is not answered. */
async function isSilent(socket: TestSocket, packet: unknown): Promise<boolean> {
  socket.send(packet);
  socket.send({ cmd: 'PING' });
  return (await socket.next()) === '{"cmd":"PONG","data":""}';
}

describe('a socket before AUTH', () => {
  const shared = sharedWorld();

  const commands = [
    'MESSAGE',
    'MESSAGE_CALLBACK',
    'MESSAGE_WEBPUSH_CALLBACK',
    'MESSAGE_FCM_CALLBACK',
    'REGISTER_WEBPUSH',
    'REGISTER_FCM',
    'PING',
    'UNREGISTER',
    'TEST_HTTP',
    'toString',
  ];
  it('is asked for it, whatever it wants', async () => {
    const relay = await world();
    const socket = await relay.socket();
    for (const cmd of commands) expect(await answerTo(socket, { cmd }), cmd).to.equal(NEED_AUTH);
    expect(await answerTo(socket, {})).to.equal(NEED_AUTH);
    expect(await answerTo(socket, { data: { cmd: 'PING' } })).to.equal(NEED_AUTH);
    expect(relay.relay.devices()).to.deep.equal([]);
  });

  it('is asked for it on a binary frame, which is not read', async () => {
    const socket = await (await world()).socket();
    socket.ws.send(Buffer.from(JSON.stringify({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } })), { binary: true });
    expect(await socket.next()).to.equal(NEED_AUTH);
  });

  it('is told what is wrong with a frame, and lives on', async () => {
    const relay = await world();
    const socket = await relay.socket();
    expect(await answerTo(socket, '{')).to.equal(info('expected JSON: {"cmd": string, "data": object}'));
    expect(await answerTo(socket, '')).to.equal(info('expected JSON: {"cmd": string, "data": object}'));
    for (const text of ['null', '[]', '"PING"', '1']) {
      expect(await answerTo(socket, text), text).to.match(/^\{"cmd":"INFO","data":"parse ClientSocketPacket error: /);
    }
    expect(await answerTo(socket, { cmd: 'PING', auth: 'x' })).to.equal(
      info('parse ClientSocketPacket error: jwt malformed'),
    );
    expect(await answerTo(socket, { cmd: 'AUTH', auth: '', data: { token: TOKEN, name: 'a' } })).to.equal(
      info('parse ClientSocketPacket error: jwt malformed'),
    );
    expect(await answerTo(socket, { cmd: 'AUTH', data: { token: TOKEN, name: 'a' } })).to.match(ACCEPTED);
  });

  const refused: [unknown, string][] = [
    [{ token: 'x', name: 'a' }, INVALID],
    [{ token: '', name: 'a' }, INVALID],
    [{ name: 'a' }, INVALID],
    [{ token: { toString: 1 }, name: 'a' }, INVALID],
    [{ token: TOKEN }, info('name property is required')],
    [{ token: TOKEN, name: '' }, info('name property is required')],
    [{ token: TOKEN, name: 0 }, info('name property is required')],
    [{ token: TOKEN, name: ['a'] }, info('name property must be a string')],
    [{ token: TOKEN, name: 'a', group: { toString: 1 } }, info('group must be a string or an array of strings')],
    [undefined, info('data property must be an object')],
    ['x', info('data property must be an object')],
  ];
  it('is told what is wrong with its AUTH, and may try again', async () => {
    const relay = await world();
    const socket = await relay.socket();
    for (const [data, text] of refused) {
      expect(await answerTo(socket, { cmd: 'AUTH', data }), JSON.stringify(data)).to.equal(text);
    }
    expect(relay.relay.devices()).to.deep.equal([]);
    expect(await answerTo(socket, { cmd: 'AUTH', data: { token: TOKEN, name: 'a' } })).to.match(ACCEPTED);
  });

  for (const name of ['mid', 'status', 'a/b', 'a,b', 'x'.repeat(65), 'a\u0000', 'a\nb', '\u007f', '\ud800']) {
    it(`may not be called ${JSON.stringify(name.slice(0, 8))}`, async () => {
      const relay = shared();
      const text = await answerTo(await relay.socket(), { cmd: 'AUTH', data: { token: TOKEN, name } });
      expect(text).to.match(/^\{"cmd":"INFO","data":"name must be 1 to 64 characters/);
      expect(relay.relay.devices()).to.deep.equal([]);
    });
  }

  it('may be called by a number, and by any other name', async () => {
    const relay = await world();
    const names = [123, '__proto__', 'constructor', '张三 📱', '{"a":1}', '📱'.repeat(32)];
    for (const name of names) {
      const socket = await relay.socket();
      expect(await answerTo(socket, { cmd: 'AUTH', data: { token: TOKEN, name } }), String(name)).to.match(ACCEPTED);
    }
    expect(relay.relay.devices()).to.deep.equal(names.map(String));
  });

  it('has one name, whatever its Unicode form, and none that looks like another', async () => {
    const relay = await world();
    const [nfc, nfd] = ['Zo\u00eb', 'Zoe\u0308'];
    for (const name of [nfd, nfc, nfd]) {
      const socket = await relay.socket();
      expect(await answerTo(socket, { cmd: 'AUTH', data: { token: TOKEN, name } })).to.match(ACCEPTED);
    }
    for (const name of [' ', 'phone ', 'pho\u200bne']) {
      const text = await answerTo(await relay.socket(), { cmd: 'AUTH', data: { token: TOKEN, name } });
      expect(text).to.match(/^\{"cmd":"INFO","data":"name must not /);
    }
    expect(relay.relay.devices()).to.deep.equal([nfc]);
    expect((await relay.request(`/${encodeURIComponent(nfd)}.send?text=x&wait=0`)).json.data.status).to.deep.equal({
      [nfc]: 'wait',
    });
  });

  it('is closed with 4408 when it takes too long', async () => {
    const relay = await world({ config: { websocket: { authTimeout: 5000 } } });
    const [late, bad, good] = [await relay.socket(), await relay.socket(), await relay.device('a')];
    await answerTo(bad, { cmd: 'AUTH', data: { token: 'x', name: 'b' } });
    await relay.clock.tick(4999);
    expect(await answerTo(late, { cmd: 'PING' })).to.equal(NEED_AUTH);
    await relay.clock.tick(1);
    expect(await late.closed).to.deep.equal({ code: 4408, reason: 'authentication timeout' });
    expect((await bad.closed).code).to.equal(4408);
    await relay.clock.tick(5000);
    await good.settle();
  });
});

describe('a socket after AUTH', () => {
  it('is answered with the bytes of the description', async () => {
    const device = await (await world()).device('a');
    expect(await answerTo(device, { cmd: 'PING' })).to.equal('{"cmd":"PONG","data":""}');
    expect(await answerTo(device, { cmd: 'TEST_HTTP' })).to.equal(info('Unknow cmd: TEST_HTTP'));
    expect(await answerTo(device, {})).to.equal(info('Unknow cmd: undefined'));
    expect(await answerTo(device, '{')).to.match(/"INFO"/);
    device.ws.send(Buffer.from('{"cmd":"PING"}'), { binary: true });
    expect(await device.next()).to.equal(info('Unknow cmd: undefined'));
  });

  const errors: [unknown, string][] = [
    [{ cmd: 'MESSAGE_CALLBACK', data: {} }, 'mid property is required'],
    [{ cmd: 'MESSAGE_CALLBACK' }, 'data property must be an object'],
    [{ cmd: 'MESSAGE_CALLBACK', data: { mid: {} } }, 'mid property must be a string'],
    [{ cmd: 'MESSAGE_WEBPUSH_CALLBACK', data: {} }, 'mid property is required'],
    [{ cmd: 'MESSAGE_FCM_CALLBACK', data: {} }, 'mid property is required'],
    [{ cmd: 'REGISTER_WEBPUSH', data: {} }, 'endpoint property is required'],
    [{ cmd: 'REGISTER_WEBPUSH', data: { endpoint: 'https://push.example/x' } }, 'keys property is required'],
    [
      { cmd: 'REGISTER_WEBPUSH', data: { endpoint: 'https://push.example/x', keys: null } },
      'keys property is required',
    ],
    [{ cmd: 'REGISTER_WEBPUSH', data: { endpoint: { a: 1 }, keys: {} } }, 'endpoint property must be a string'],
    [{ cmd: 'REGISTER_FCM', data: {} }, 'token property is required'],
    [{ cmd: 'REGISTER_FCM', data: { endpoint: 'https://push.example/x' } }, 'keys property is required'],
    [{ cmd: 'MESSAGE', data: {} }, 'target property is required'],
    [{ cmd: 'MESSAGE', data: { target: 'a', sendType: 'x' } }, "sendType property must 'personal' or 'group'"],
    [{ cmd: 'PING', auth: 'x' }, 'parse ClientSocketPacket error: jwt malformed'],
  ];
  it('is told what is wrong with a packet', async () => {
    const device = await (await world()).device('a');
    for (const [packet, text] of errors) {
      expect(await answerTo(device, packet), JSON.stringify(packet)).to.equal(info(text));
    }
  });

  it('is not answered to acknowledgements and receipts, also of mids that nobody knows', async () => {
    const device = await (await world()).device('a');
    for (const mid of ['1795298858174', 1795298858174, 'x', -1, 1.5, '9'.repeat(40), true]) {
      for (const cmd of ['MESSAGE_CALLBACK', 'MESSAGE_WEBPUSH_CALLBACK', 'MESSAGE_FCM_CALLBACK']) {
        expect(await isSilent(device, { cmd, data: { mid } }), `${cmd} ${mid}`).to.equal(true);
      }
    }
  });

  it('takes an auth that is no string for none', async () => {
    const device = await (await world()).device('a');
    expect(await answerTo(device, { cmd: 'PING', auth: { name: 'boss' } })).to.equal('{"cmd":"PONG","data":""}');
  });

  it('is handled in the order of its frames, those right behind AUTH too', async () => {
    const relay = await world();
    const socket = await relay.socket();
    socket.send({ cmd: 'PING' });
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
    socket.send({ cmd: 'PING' });
    socket.send({ cmd: 'NOPE' });
    socket.send({ cmd: 'PING' });
    expect(await socket.next()).to.equal(NEED_AUTH);
    expect(await socket.next()).to.match(ACCEPTED);
    expect([await socket.next(), await socket.next(), await socket.next()]).to.deep.equal([
      '{"cmd":"PONG","data":""}',
      info('Unknow cmd: NOPE'),
      '{"cmd":"PONG","data":""}',
    ]);
  });
});
