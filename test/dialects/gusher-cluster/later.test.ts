import { generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { refused } from '../../support/refused.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import type { TestSocket } from '../../support/socket.ts';
import { type World, world } from '../../world.ts';
import {
  ask,
  type Bearer,
  call as callAs,
  jwt as jwtOf,
  laterRelay,
  member as memberAs,
  type Signing,
} from './relay.ts';

const socketUrl = (relay: World, path: string) => `ws://127.0.0.1:${relay.relay.ports.websocket}${path}`;

describe('gusher.cluster at level 1.13', () => {
  const shared = sharedWorld(laterRelay());
  // Each test has an app of its own, which stands for TEST.
  let relay: World;
  let app: string;
  let apps = 0;
  beforeEach(() => {
    relay = shared();
    app = `app-${++apps}`;
  });
  const call = (at: World, request: string, parameters?: Readonly<Record<string, string>>) =>
    callAs(at, request.replace('TEST', app), parameters);
  const member = (at: World, bearer: Bearer = {}) => memberAs(at, { app, ...bearer });
  const jwt = (bearer: Bearer, ...rest: [over?: object, signing?: Signing]) => jwtOf({ app, ...bearer }, ...rest);

  /** What a socket hears up to a push to its user. */
  async function heard(socket: TestSocket, user = 'U1', of = app): Promise<string[]> {
    await call(relay, `POST /api/push/user/${of}/${user}`, { data: '"end"' });
    const frames: string[] = [];
    for (let frame = await socket.next(); frame !== '"end"'; frame = await socket.next()) frames.push(frame);
    return frames;
  }

  describe('POST /auth', () => {
    it('changes a JWT into a token for a minute', async () => {
      const answer = await call(relay, 'POST /gcs/auth', { jwt: await jwt({}) });
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).to.deep.equal([200, '*']);
      const { token } = answer.json;
      expect(token).to.match(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-/);
      for (const path of [`/ws/${app}`, `/wtf/${app}`, `/gcs/ws/${app}`]) await relay.socket(`${path}?token=${token}`);
      await relay.clock.tick(59_999);
      await relay.socket(`/ws/${app}?token=${token}`);
      await relay.clock.tick(1);
      expect(await refused(socketUrl(relay, `/ws/${app}?token=${token}`))).to.equal('401 token error');
    });

    it('takes every RSA signature of the key that is not over', async () => {
      const seconds = Math.floor(relay.clock.now() / 1000);
      const good = [
        await jwt({}, {}, { algorithm: 'RS384' }),
        await jwt({}, {}, { algorithm: 'RS512' }),
        await jwt({}, { exp: seconds + 1, nbf: seconds - 1 }),
      ];
      for (const one of good) expect((await call(relay, 'POST /auth', { jwt: one })).status).to.equal(200);
    });

    it('refuses everything else', async () => {
      const seconds = Math.floor(relay.clock.now() / 1000);
      const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
      const [, body] = (await jwt({})).split('.');
      const bad = [
        '',
        'x',
        'a.b.c',
        `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`,
        await jwt({}, {}, { key: stranger }),
        await jwt({}, { exp: seconds - 1 }),
        await jwt({}, { nbf: seconds + 60 }),
        await jwt({}, { gusher: null }),
        await jwt({}, { gusher: { user_id: 1, channels: [], app_key: 'TEST' } }),
        await jwt({}, { gusher: { user_id: 'U1', channels: 'AA', app_key: 'TEST' } }),
        await jwt({}, { gusher: { user_id: 'U1', channels: ['AA'], app_key: '' } }),
      ];
      for (const one of bad) {
        const answer = await call(relay, 'POST /auth', { jwt: one });
        expect([answer.status, answer.text], one).to.deep.equal([401, 'jwt decode fail\n']);
      }
    });

    it('keeps a bounded number of tokens, the newest', async () => {
      const other = await world(laterRelay({ maxTokens: 1 }));
      const issue = async () => (await call(other, 'POST /auth', { jwt: await jwt({}) })).json.token;
      const [first, second] = [await issue(), await issue()];
      expect(await refused(socketUrl(other, `/ws/${app}?token=${first}`))).to.equal('401 token error');
      await other.socket(`/ws/${app}?token=${second}`);
    });
  });

  it('refuses sockets without a token, and with one of another app', async () => {
    const { token } = (await call(relay, 'POST /auth', { jwt: await jwt({}) })).json;
    expect(await refused(socketUrl(relay, `/ws/${app}`))).to.equal('401 app_key is nil');
    expect(await refused(socketUrl(relay, `/ws/${app}?token=x`))).to.equal('401 token error');
    expect(await refused(socketUrl(relay, `/ws/APP2?token=${token}`))).to.equal('401 appkey error');
  });

  it('POST /api/decode shows what a JWT says', async () => {
    const answer = await call(relay, 'POST /api/decode', { data: await jwt({}) });
    expect(answer.json).to.deep.equal({
      gusher: { user_id: 'U1', channels: ['AA'], app_key: app, remotes: null },
    });
    const bad = await call(relay, 'POST /api/decode', { data: 'x' });
    expect([bad.status, bad.text]).to.deep.equal([400, 'data error\n']);
  });

  it('GET /ping is there below every prefix', async () => {
    for (const path of ['/ping', '/gcs/ping']) expect((await call(relay, `GET ${path}`)).text).to.equal('pong');
  });

  describe('events of a socket', () => {
    const cases: [string, string, unknown, string, unknown][] = [
      ['an allowed name', 'gusher.subscribe', { channel: 'AA' }, 'gusher.subscribe_succeeded', { channel: 'AA' }],
      ['a name by a pattern', 'gusher.subscribe', { channel: 'Bxx' }, 'gusher.subscribe_succeeded', { channel: 'Bxx' }],
      ['too little for a pattern', 'gusher.subscribe', { channel: 'B' }, 'gusher.subscribe_error', { channel: 'B' }],
      ['another name', 'gusher.subscribe', { channel: 'C' }, 'gusher.subscribe_error', { channel: 'C' }],
      ['no name', 'gusher.subscribe', { channel: '' }, 'gusher.subscribe_error', { channel: '' }],
      [
        'several names',
        'gusher.multi_subscribe',
        { multi_channel: ['AA', 'B1'] },
        'gusher.multi_subscribe_succeeded',
        { channel: ['AA', 'B1'] },
      ],
      [
        'several names of which one is not allowed',
        'gusher.multi_subscribe',
        { multi_channel: ['AA', 'C'] },
        'gusher.multi_subscribe_error',
        { channel: ['AA', 'C'] },
      ],
      ['no names', 'gusher.multi_subscribe', { multi_channel: [] }, 'gusher.multi_subscribe_error', { channel: [] }],
      [
        'an allowed name to leave',
        'gusher.unsubscribe',
        { channel: 'AA' },
        'gusher.unsubscribe_succeeded',
        { channel: 'AA' },
      ],
      ['another name to leave', 'gusher.unsubscribe', { channel: 'C' }, 'gusher.unsubscribe_error', { channel: 'C' }],
      ['the list', 'gusher.querychannel', {}, 'gusher.querychannel_succeeded', { channels: ['AA', 'B*'] }],
      [
        'a remote',
        'gusher.remote',
        { remote: 'cmd1', payload: 1 },
        'gusher.remote_error',
        { remote: 'cmd1', msg: null },
      ],
    ];
    for (const [what, event, data, expected, told] of cases) {
      it(`answers ${event} of ${what}`, async () => {
        const socket = await member(relay, { channels: ['AA', 'B*'] });
        const answer = await ask(socket, event, data);
        expect(Object.keys(answer)).to.deep.equal(['event', 'socket_id', 'data']);
        expect([answer.event, answer.data]).to.deep.equal([expected, told]);
        expect(answer.socket_id).to.match(/^[\da-f-]{36}$/);
      });
    }

    it('answers a ping with its data and the time', async () => {
      const socket = await member(relay);
      const { socket_id, ...answer } = await ask(socket, 'gusher.ping', { x: 1 });
      expect(socket_id).to.be.a('string');
      expect(answer).to.deep.equal({
        event: 'gusher.pong_succeeded',
        data: { x: 1 },
        time: Math.floor(relay.clock.now() / 1000),
      });
    });

    it('takes a subscription twice, and delivers once', async () => {
      const socket = await member(relay);
      for (let i = 0; i < 2; i += 1) {
        expect((await ask(socket, 'gusher.subscribe', { channel: 'AA' })).event).to.equal('gusher.subscribe_succeeded');
      }
      await call(relay, 'POST /api/push/TEST/AA/ev', { data: 'x' });
      expect(await heard(socket)).to.have.length(1);
      await ask(socket, 'gusher.unsubscribe', { channel: 'AA' });
      await call(relay, 'POST /api/push/TEST/AA/ev', { data: 'x' });
      expect(await heard(socket)).to.deep.equal([]);
    });

    const ends: string[] = [
      'x',
      '[]',
      '{"event":"other","data":{}}',
      '{"event":"gusher.subscribe"}',
      '{"event":"gusher.subscribe","data":{"channel":1}}',
      '{"event":"gusher.subscribe","data":"AA"}',
      '{"event":"gusher.multi_subscribe","data":{"multi_channel":["AA",1]}}',
      '{"event":"gusher.multi_subscribe","data":{"__proto__":{"multi_channel":["AA"]}}}',
      '{"event":"toString","data":{"channel":"AA"}}',
    ];
    for (const frame of ends) {
      it(`end it when they are not understood: ${frame}`, async () => {
        const socket = await member(relay);
        socket.ws.send(frame);
        expect((await socket.closed).code).to.equal(1008);
      });
    }
  });

  describe('pushes', () => {
    it('to a channel deliver JSON as JSON and all else as a string', async () => {
      const socket = await member(relay);
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      const cases: [string, unknown][] = [
        ['{"k": 1}', { k: 1 }],
        ['1', 1],
        ['"s"', 's'],
        ['hello', 'hello'],
        ['{"k":', '{"k":'],
      ];
      for (const [data, expected] of cases) {
        const answer = await call(relay, 'POST /api/push/TEST/AA/ev', { data });
        expect(answer.headers.get('content-type')).to.equal('application/json;charset=UTF-8');
        expect(answer.json).to.deep.equal({ channel: 'AA', event: 'ev', data: expected });
        expect(await socket.next()).to.equal(answer.text);
      }
      expect((await call(relay, 'POST /api/push/TEST/AA/ev', {})).text).to.equal('empty data\n');
    });

    it('by a pattern reach every channel that it matches', async () => {
      const socket = await member(relay, { channels: ['*'] });
      await ask(socket, 'gusher.multi_subscribe', { multi_channel: ['AA', 'AB', 'BA'] });
      const answer = await call(relay, 'POST /api/push/TEST', { channel_pattern: '^A', event: 'ev', data: '[1]' });
      expect(answer.json).to.deep.equal({ total: 2, pattern: '^A' });
      expect(await heard(socket)).to.deep.equal(
        ['AA', 'AB'].map((channel) => `{"channel":"${channel}","event":"ev","data":[1]}`),
      );
    });

    const refusals: [string, string, Record<string, string>, string][] = [
      ['no pattern', 'POST /api/push/TEST', { event: 'ev', data: '1' }, 'empty param'],
      ['no event', 'POST /api/push/TEST', { channel_pattern: 'A', data: '1' }, 'empty param'],
      [
        'a broken pattern',
        'POST /api/push/TEST',
        { channel_pattern: '[', event: 'e', data: '1' },
        'channel_pattern cant regex',
      ],
      [
        'a hostile pattern',
        'POST /api/push/TEST',
        { channel_pattern: 'a{1000}{1000}', event: 'e', data: '1' },
        'channel_pattern cant regex',
      ],
      ['no data by a pattern', 'POST /api/push/TEST', { channel_pattern: 'A', event: 'ev' }, 'empty data'],
      ['no batch', 'POST /api/push_batch/TEST', {}, 'empty batch data'],
      ['a batch that is no JSON', 'POST /api/push_batch/TEST', { batch_data: '[' }, 'data error'],
      ['a batch that is no list', 'POST /api/push_batch/TEST', { batch_data: '{}' }, 'data error'],
      ['a batch of something else', 'POST /api/push_batch/TEST', { batch_data: '[null]' }, 'data error'],
      [
        'a batch without data',
        'POST /api/push_batch/TEST',
        { batch_data: '[{"channel":"AA","event":"e"}]' },
        'data error',
      ],
      [
        'a batch nested without end',
        'POST /api/push_batch/TEST',
        { batch_data: `[{"channel":"AA","event":"e","data":${'['.repeat(20_000)}${']'.repeat(20_000)}}]` },
        'data error',
      ],
      ['nothing for a user', 'POST /api/push/user/TEST/U1', {}, 'empty data'],
      ['no channel to add', 'POST /api/add/channel/user/TEST/U1', {}, 'data empty error'],
      ['no list to load', 'POST /api/reload/channel/user/TEST/U1', { data: '{}' }, 'data unmarshal error'],
      ['a list of numbers', 'POST /api/reload/channel/user/TEST/U1', { data: '[1]' }, 'data unmarshal error'],
    ];
    for (const [what, request, parameters, text] of refusals) {
      it(`are refused with ${what}`, async () => {
        const answer = await call(relay, request, parameters);
        expect([answer.status, answer.text]).to.deep.equal([400, `${text}\n`]);
      });
    }

    it('in a batch are all made', async () => {
      const socket = await member(relay);
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      const batch_data = JSON.stringify([
        { channel: 'AA', event: 'one', data: { k: '手' } },
        { channel: 'AA', event: 'two', data: '1' },
      ]);
      const answer = await call(relay, 'POST /api/push_batch/TEST', { batch_data });
      expect(answer.json).to.deep.equal({ total: 2, cap: Buffer.byteLength(batch_data) });
      expect(await heard(socket)).to.deep.equal([
        '{"channel":"AA","event":"one","data":{"k":"手"}}',
        '{"channel":"AA","event":"two","data":"1"}',
      ]);
    });

    it('in a batch are not made when one of them is wrong', async () => {
      const socket = await member(relay);
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      const batch_data = '[{"channel":"AA","event":"one","data":1},{"channel":"AA"}]';
      expect((await call(relay, 'POST /api/push_batch/TEST', { batch_data })).status).to.equal(400);
      expect(await heard(socket)).to.deep.equal([]);
    });

    it('to a user reach all of the sockets, bare', async () => {
      const sockets = await Promise.all([member(relay), member(relay), member(relay, { user: 'U2' })]);
      const answer = await call(relay, 'POST /api/push/user/TEST/U1', { data: '{"d":1}' });
      expect(answer.json).to.deep.equal({ user_id: 'U1', data: '{"d":1}' });
      for (const socket of sockets.slice(0, 2)) expect(await socket.next()).to.equal('{"d":1}');
      await call(relay, 'POST /api/push/user/TEST/U2', { data: 's' });
      expect(await sockets[2]?.next()).to.equal('"s"');
    });

    it('to a socket reach that one alone', async () => {
      const [one, two] = [await member(relay), await member(relay)];
      const { socket_id } = await ask(one, 'gusher.querychannel', {});
      const answer = await call(relay, `POST /api/push/socket/TEST/${socket_id}`, { data: 'x' });
      expect(answer.json).to.deep.equal({ socket_id, data: 'x' });
      expect(await one.next()).to.equal('"x"');
      expect(await heard(two)).to.deep.equal([]);
    });

    it('never reach another app', async () => {
      const [one, two] = [await member(relay), await member(relay, { app: 'APP2' })];
      for (const socket of [one, two]) await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      const { socket_id } = await ask(two, 'gusher.querychannel', {});
      await call(relay, 'POST /api/push/TEST/AA/ev', { data: 'x' });
      await call(relay, 'POST /api/push/TEST', { channel_pattern: '.', event: 'ev', data: 'x' });
      await call(relay, 'POST /api/push_batch/TEST', { batch_data: '[{"channel":"AA","event":"ev","data":1}]' });
      await call(relay, 'POST /api/push/user/TEST/U1', { data: 'x' });
      await call(relay, `POST /api/push/socket/TEST/${socket_id}`, { data: 'x' });
      await call(relay, 'POST /api/reload/channel/user/TEST/U1', { data: '[]' });
      expect(await heard(two, 'U1', 'APP2')).to.deep.equal([]);
      expect(await heard(one)).to.have.length(5);
    });
  });

  describe('lists of channels', () => {
    it('get one more', async () => {
      const socket = await member(relay);
      const answer = await call(relay, 'POST /api/add/channel/user/TEST/U1', { data: 'NEW' });
      expect(answer.json).to.deep.equal({ user_id: 'U1', data: 'NEW' });
      expect(JSON.parse(await socket.next())).to.deep.equal({
        data: { channel: 'NEW' },
        event: 'gusher.addchannel',
        socket_id: '',
      });
      expect((await ask(socket, 'gusher.subscribe', { channel: 'NEW' })).event).to.equal('gusher.subscribe_succeeded');
      expect((await ask(socket, 'gusher.querychannel', {})).data.channels).to.deep.equal(['AA', 'NEW']);
    });

    it('are replaced, which ends what they do not allow', async () => {
      const socket = await member(relay, { channels: ['AA', 'BB'] });
      await ask(socket, 'gusher.multi_subscribe', { multi_channel: ['AA', 'BB'] });
      const answer = await call(relay, 'POST /api/reload/channel/user/TEST/U1', { data: '["B*","NEW"]' });
      expect(answer.json).to.deep.equal({ user_id: 'U1', data: '["B*","NEW"]' });
      expect(JSON.parse(await socket.next())).to.deep.equal({
        data: { channels: ['B*', 'NEW'] },
        event: 'gusher.reloadchannel',
        socket_id: '',
      });
      await call(relay, 'POST /api/push/TEST', { channel_pattern: '.', event: 'ev', data: '1' });
      expect(await heard(socket)).to.deep.equal(['{"channel":"BB","event":"ev","data":1}']);
      expect((await ask(socket, 'gusher.subscribe', { channel: 'AA' })).event).to.equal('gusher.subscribe_error');
    });

    it('are not changed by an event of that name on a channel', async () => {
      const socket = await member(relay);
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      await call(relay, 'POST /api/push/TEST/AA/gusher.reloadchannel', { data: '["C"]' });
      expect(await heard(socket)).to.deep.equal(['{"channel":"AA","event":"gusher.reloadchannel","data":["C"]}']);
      expect((await ask(socket, 'gusher.querychannel', {})).data.channels).to.deep.equal(['AA']);
    });
  });

  it('tells which channels are heard and who is online', async () => {
    const bearers = [{ user: 'U1' }, { user: 'U1' }, { user: '用户 2', channels: ['Bxx'] }];
    const [one, two, three] = await Promise.all(bearers.map((bearer) => member(relay, bearer)));
    await member(relay, { app: 'APP2', user: 'U3' });
    if (one === undefined || two === undefined || three === undefined) throw new Error('three sockets');
    for (const socket of [one, two]) await ask(socket, 'gusher.subscribe', { channel: 'AA' });
    await ask(three, 'gusher.subscribe', { channel: 'Bxx' });
    const answers: [string, unknown][] = [
      ['/api/TEST/channels', ['AA', 'Bxx']],
      ['/api/TEST/channels/count', { count: 2 }],
      ['/api/TEST/online', ['U1', '用户 2']],
      ['/api/TEST/online/count', { count: 2 }],
      ['/api/TEST/online/bychannel/AA', ['U1']],
      ['/api/TEST/online/bychannel/AA/count', { count: 1 }],
      ['/api/TEST/online/bychannel/nobody', []],
      ['/api/nobody/channels', []],
      ['/api/nobody/online/count', { count: 0 }],
    ];
    for (const [path, expected] of answers) {
      expect((await call(relay, `GET ${path}`)).json, path).to.deep.equal(expected);
    }
    one.ws.close();
    await one.closed;
    expect((await call(relay, 'GET /api/TEST/online')).json).to.deep.equal(['U1', '用户 2']);
  });

  it('answers hostile patterns at once', async () => {
    const socket = await member(relay, { channels: ['*'] });
    await ask(socket, 'gusher.subscribe', { channel: 'x'.repeat(400) });
    const started = performance.now();
    for (const channel_pattern of ['(x+x+)+y', '(x|xx|xxx)*y$', '(.*)*(.*)*(.*)*z', '(x?){100}x{100}y']) {
      const answer = await call(relay, 'POST /api/push/TEST', { channel_pattern, event: 'e', data: '1' });
      expect(answer.json).to.deep.equal({ total: 0, pattern: channel_pattern });
    }
    expect(performance.now() - started).to.be.below(5000);
  });
});
