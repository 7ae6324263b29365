import { expect } from 'chai';
import { onCleanup } from '../../support/cleanup.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import { World, world } from '../../world.ts';
import { answerOf, authOf, info, ONLY_MPUSH, raw, stored } from './requests.ts';

describe('POST MESSAGE_CALLBACK', () => {
  const shared = sharedWorld();

  it('acknowledges for the name in auth and stops the delivery', async () => {
    const relay = await world();
    const device = await relay.device('a');
    const sending = relay.request('/a.send?text=x');
    const { mid } = (await device.packet('MESSAGE')).data;
    expect(await answerOf(relay, { cmd: 'MESSAGE_CALLBACK', auth: device.auth, data: { mid } })).to.deep.equal([
      200,
      info('ok'),
    ]);
    expect((await sending).json.data.status).to.deep.equal({ a: 'ok' });
    await relay.clock.tick(20_000);
    await device.settle();
    expect(device.frames.filter((frame) => frame.includes('"MESSAGE"'))).to.have.length(1);
  });

  it('leaves the messages of others alone', async () => {
    const relay = await world();
    const device = await relay.device('a');
    const { mid } = (await relay.request('/a.send?wait=0&text=x')).json.data;
    const auth = await authOf(relay, 'b');
    expect(await answerOf(relay, { cmd: 'MESSAGE_CALLBACK', auth, data: { mid } })).to.deep.equal([200, info('ok')]);
    await device.settle();
    expect((await stored(relay, 'a'))[0]).to.include({ mid, status: 'ready' });
  });

  for (const mid of ['1', 'x', '-1', '1e400', '9'.repeat(40), 1.5, true]) {
    it(`answers ok for the unknown mid ${JSON.stringify(mid)}`, async () => {
      const relay = shared();
      const auth = await authOf(relay, 'a');
      expect(await answerOf(relay, { cmd: 'MESSAGE_CALLBACK', auth, data: { mid } })).to.deep.equal([200, info('ok')]);
    });
  }
});

describe('POST with a token of a time when devices needed no proof', () => {
  it('speaks for the device no more once they need one, even where senders need none', async () => {
    const open = await world({ config: { websocket: { verifyToken: false } } });
    const socket = await open.socket();
    socket.send({ cmd: 'AUTH', data: { name: 'phone' } });
    const { auth } = (await socket.packet('AUTH')).data;
    const { mid } = (await open.request('/phone.send?wait=0&text=x')).json.data;
    await open.stop();
    const closed = new World(open.dir, { config: { http: { verifyToken: false } } });
    onCleanup(() => closed.stop());
    await closed.start();
    const packets = [
      { cmd: 'MESSAGE_CALLBACK', data: { mid } },
      { cmd: 'MESSAGE_WEBPUSH_CALLBACK', data: { mid } },
      { cmd: 'REGISTER_WEBPUSH', data: { endpoint: 'https://push.example/x', keys: { auth: 'a', p256dh: 'b' } } },
    ];
    for (const packet of packets) {
      const refusal = [401, info('Authorization verify error: wrong token')];
      expect(await answerOf(closed, { ...packet, auth }), packet.cmd).to.deep.equal(refusal);
    }
    expect((await stored(closed, 'phone'))[0]).to.include({ mid, status: 'ready' });
  });
});

describe('POST of other packets', () => {
  const shared = sharedWorld({ config: ONLY_MPUSH });

  const cases: [string, unknown, number, string][] = [
    [
      'MESSAGE_CALLBACK without auth',
      { cmd: 'MESSAGE_CALLBACK', data: { mid: '1' } },
      401,
      info('The MESSAGE_WEBPUSH_CALLBACK cmd must need auth.'),
    ],
    [
      'MESSAGE_WEBPUSH_CALLBACK without auth',
      { cmd: 'MESSAGE_WEBPUSH_CALLBACK', data: { mid: '1' } },
      401,
      info('The MESSAGE_CALLBACK cmd must need auth.'),
    ],
    [
      'MESSAGE_FCM_CALLBACK without auth',
      { cmd: 'MESSAGE_FCM_CALLBACK', data: { mid: '1' } },
      401,
      info('The MESSAGE_CALLBACK cmd must need auth.'),
    ],
    [
      'REGISTER_FCM without auth',
      { cmd: 'REGISTER_FCM', data: { token: 't' } },
      401,
      info('The REGISTER_FCM cmd must need auth.'),
    ],
    [
      'REGISTER_WEBPUSH without auth',
      { cmd: 'REGISTER_WEBPUSH', data: {} },
      401,
      info('The REGISTER_WEBPUSH cmd must need auth.'),
    ],
    ['TEST_HTTP', { cmd: 'TEST_HTTP' }, 200, ''],
    ['PING', { cmd: 'PING' }, 400, info('Unknow cmd: PING')],
    ['UNREGISTER', { cmd: 'UNREGISTER' }, 400, info('Unknow cmd: UNREGISTER')],
    ['toString', { cmd: 'toString' }, 400, info('Unknow cmd: toString')],
    ['no cmd', {}, 400, info('Unknow cmd: undefined')],
    ['a cmd in lower case', { cmd: 'message' }, 400, info('Unknow cmd: message')],
    [
      'an auth that is no token',
      { cmd: 'TEST_HTTP', auth: 'x' },
      401,
      info('parse ClientSocketPacket error: jwt malformed'),
    ],
    ['an empty auth', { cmd: 'TEST_HTTP', auth: '' }, 401, info('parse ClientSocketPacket error: jwt malformed')],
  ];
  for (const [what, packet, status, text] of cases) {
    it(`answers ${what}`, async () => {
      expect(await answerOf(shared(), packet)).to.deep.equal([status, text]);
    });
  }

  it('refuses an auth that another key signed', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const other = await authOf(await world(), 'a');
    expect(await answerOf(relay, { cmd: 'TEST_HTTP', auth: other })).to.deep.equal([
      401,
      info('parse ClientSocketPacket error: invalid signature'),
    ]);
  });

  for (const cmd of ['MESSAGE_CALLBACK', 'MESSAGE_WEBPUSH_CALLBACK', 'MESSAGE_FCM_CALLBACK']) {
    it(`asks ${cmd} for a mid`, async () => {
      const relay = shared();
      const auth = await authOf(relay, 'a');
      expect(await answerOf(relay, { cmd, auth, data: {} })).to.deep.equal([400, info('mid property is required')]);
      expect(await answerOf(relay, { cmd, auth, data: { mid: {} } })).to.deep.equal([
        400,
        info('mid property must be a string'),
      ]);
    });
  }

  it('takes receipts on both names', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const auth = await authOf(relay, 'a');
    for (const cmd of ['MESSAGE_WEBPUSH_CALLBACK', 'MESSAGE_FCM_CALLBACK']) {
      expect(await answerOf(relay, { cmd, auth, data: { mid: 1795298858174 } })).to.deep.equal([200, info('ok')]);
    }
  });

  it('knows no device by a token from HTTP alone', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const auth = await authOf(relay, 'a');
    expect(await answerOf(relay, { cmd: 'REGISTER_FCM', auth, data: { token: 't' } })).to.deep.equal([
      404,
      info('The Client a is not register'),
    ]);
  });

  it('asks REGISTER_FCM for its token', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const { auth } = await relay.device('a');
    expect(await answerOf(relay, { cmd: 'REGISTER_FCM', auth, data: {} })).to.deep.equal([
      400,
      info('token property is required'),
    ]);
  });

  it('takes a form for a packet where the path is no send path', async () => {
    const relay = await world({ config: ONLY_MPUSH });
    const form = (body: string) =>
      relay.request('/', { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });
    expect(await form('cmd=TEST_HTTP')).to.include({ status: 200, text: '' });
    expect(await form('cmd=X&cmd=Y')).to.include({ status: 400, text: info('Unknow cmd: Y') });
    expect(await form('cmd=MESSAGE&data=x')).to.include({ status: 400, text: info('data property must be an object') });
  });

  const bodies: [string, string | undefined, string, number, string | RegExp][] = [
    ['text', 'text/plain', 'x', 415, info('Unsupported Content Type: text/plain')],
    ['a body without a type', undefined, '{"cmd":"PING"}', 415, info('Unsupported Content Type: undefined')],
    ['XML', 'application/xml', '<a/>', 415, info('Unsupported Content Type: application/xml')],
    ['null', 'application/json', 'null', 400, /"parse ClientSocketPacket error: /],
    ['an array', 'application/json', '[]', 400, /"parse ClientSocketPacket error: /],
    ['a string', 'application/json', '"PING"', 400, /"parse ClientSocketPacket error: /],
    ['no JSON', 'application/json', 'cmd=PING', 400, info('expected JSON: {"cmd": string, "data": object}')],
    ['nothing', 'application/json', '', 400, info('expected JSON: {"cmd": string, "data": object}')],
  ];
  it('names the JSON of a send on a send path', async () => {
    for (const path of ['/a.send', '/g.group']) {
      const headers = { 'content-type': 'application/json' };
      const answer = await raw(shared(), { method: 'POST', path, headers, body: '{"text":"hi",}' });
      expect([answer.status, answer.text]).to.deep.equal([400, info('expected JSON such as {"text": "hello"}')]);
    }
  });

  for (const [what, type, body, status, text] of bodies) {
    it(`refuses ${what}`, async () => {
      const headers = type === undefined ? {} : { 'content-type': type };
      const answer = await raw(shared(), { method: 'POST', path: '/', headers, body });
      expect(answer.status).to.equal(status);
      if (typeof text === 'string') expect(answer.text).to.equal(text);
      else expect(answer.text).to.match(text);
    });
  }
});
