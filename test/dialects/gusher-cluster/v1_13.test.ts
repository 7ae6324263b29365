import { expect } from 'chai';
import { eventually } from '../../support/eventually.ts';
import { sharedWorld } from '../../support/shared-world.ts';
import type { TestSocket } from '../../support/socket.ts';
import { type World, world } from '../../world.ts';
import { ask, type Bearer, call as callAs, member as memberAs, relay1_13 } from './relay.ts';

const ADD = '/api/add/channel/user/TEST/U1';
const RELOAD = '/api/reload/channel/user/TEST/U1';

describe('gusher.cluster at level 1.13', () => {
  const shared = sharedWorld(relay1_13());
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

  /** What a socket hears up to a push to its user. */
  async function heard(socket: TestSocket, user = 'U1', of = app): Promise<string[]> {
    await call(relay, `POST /api/push/user/${of}/${user}`, { data: '"end"' });
    const frames: string[] = [];
    for (let frame = await socket.next(); frame !== '"end"'; frame = await socket.next()) frames.push(frame);
    return frames;
  }

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
      ['one name', 'gusher.multi_subscribe', { multi_channel: 'AA' }, 'gusher.multi_subscribe_error', { channel: [] }],
      ['nothing', 'gusher.multi_subscribe', { channel: ['AA'] }, 'gusher.multi_subscribe_error', { channel: [] }],
      [
        'what is no name',
        'gusher.multi_subscribe',
        { multi_channel: ['AA', 1, { a: null }] },
        'gusher.multi_subscribe_error',
        { channel: ['AA', '1', '{"a":null}'] },
      ],
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

    it('are text: binary frames are ignored', async () => {
      const socket = await member(relay);
      socket.ws.send(Buffer.from('{"event":"gusher.subscribe","data":{"channel":"AA"}}'));
      expect((await ask(socket, 'gusher.querychannel', {})).event).to.equal('gusher.querychannel_succeeded');
      expect((await call(relay, 'GET /api/TEST/channels')).json).to.deep.equal([]);
    });

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

    it('answers a ping without data', async () => {
      const socket = await member(relay);
      expect(await ask(socket, 'gusher.ping', undefined)).to.include({ event: 'gusher.pong_succeeded', data: null });
    });

    it('take the longest names, and no longer ones', async () => {
      const roomy = await world(relay1_13({ maxPayload: 8192 }));
      const socket = await member(roomy, { channels: ['*'] });
      const longest = '手'.repeat(1024);
      for (const [channel, outcome] of [
        [longest, 'succeeded'],
        [`${longest}手`, 'error'],
        ['', 'error'],
      ]) {
        expect((await ask(socket, 'gusher.subscribe', { channel })).event).to.equal(`gusher.subscribe_${outcome}`);
      }
      expect((await call(roomy, 'GET /api/TEST/channels')).json).to.deep.equal([longest]);
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

    it('subscribe to all of several names or to none more than before', async () => {
      const socket = await member(relay, { channels: ['AA', 'BB', 'CC'] });
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      const multi = async (multi_channel: string[]) =>
        (await ask(socket, 'gusher.multi_subscribe', { multi_channel })).event;
      expect(await multi(['AA', 'BB', 'no', 'CC'])).to.equal('gusher.multi_subscribe_error');
      const pushAll = () => call(relay, 'POST /api/push/TEST', { channel_pattern: '.', event: 'ev', data: '1' });
      expect((await pushAll()).json.total).to.equal(1);
      expect(await heard(socket)).to.deep.equal(['{"channel":"AA","event":"ev","data":1}']);
      expect(await multi(['AA', 'BB', 'BB'])).to.equal('gusher.multi_subscribe_succeeded');
      await pushAll();
      expect(await heard(socket)).to.have.length(2);
    });

    it('subscribe to none of several names for which there is no room', async () => {
      const roomy = await world(relay1_13({ maxPayload: 8192 }));
      const socket = await member(roomy, { channels: ['*'] });
      const multi = async (names: number[]) =>
        (await ask(socket, 'gusher.multi_subscribe', { multi_channel: names.map(String) })).event;
      // Two of the 10,000 places are taken by what is for the user and for the socket.
      for (let next = 0; next < 9997; next += 769) {
        const names = Array.from({ length: Math.min(769, 9997 - next) }, (_, index) => next + index);
        expect(await multi(names)).to.equal('gusher.multi_subscribe_succeeded');
      }
      expect(await multi([20_000, 20_001])).to.equal('gusher.multi_subscribe_error');
      expect((await call(roomy, 'GET /api/TEST/channels/count')).json).to.deep.equal({ count: 9997 });
      expect(await multi([1, 20_000])).to.equal('gusher.multi_subscribe_succeeded');
    });

    const ends: string[] = [
      'x',
      '[]',
      '{"event":"other","data":{}}',
      '{"event":"gusher.subscribe"}',
      '{"event":"gusher.subscribe","data":{"channel":1}}',
      '{"event":"gusher.subscribe","data":"AA"}',
      '{"event":"toString","data":{"channel":"AA"}}',
    ];
    it('that are not understood end it for all others, also while the peer does not answer', async () => {
      const socket = await member(relay);
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      socket.ws.pause();
      socket.ws.send('x');
      // The relay reads it in its own time.
      await eventually('no one is online', async () => (await call(relay, 'GET /api/TEST/online')).json.length === 0);
      expect((await call(relay, 'GET /api/TEST/online/bychannel/AA')).json).to.deep.equal([]);
    });

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
        [' [1]\n', [1]],
        ['hello', 'hello'],
        [' hello\n', ' hello\n'],
        ['{"k":', '{"k":'],
      ];
      for (const [data, expected] of cases) {
        const answer = await call(relay, 'POST /api/push/TEST/AA/ev', { data });
        expect(answer.headers.get('content-type')).to.equal('application/json;charset=UTF-8');
        expect(answer.json).to.deep.equal({ channel: 'AA', event: 'ev', data: expected });
        expect(await socket.next()).to.equal(answer.text);
        expect(answer.text).not.to.include('\n');
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
      ['no channel to add', `POST ${ADD}`, {}, 'data empty error'],
      [
        'a channel to add of a longer name than any',
        `POST ${ADD}`,
        { data: 'x'.repeat(1025) },
        'data is longer than 1024 characters',
      ],
      ['a list that is no JSON', `POST ${RELOAD}`, { data: '["AA"' }, 'data unmarshal error'],
      ['no list to load', `POST ${RELOAD}`, { data: '{}' }, 'data unmarshal error'],
      ['a list of names without end', `POST ${RELOAD}`, { data: `["${'x'.repeat(1025)}"]` }, 'data unmarshal error'],
      [
        'a list without end',
        `POST ${RELOAD}`,
        { data: JSON.stringify(Array(10_001).fill('A')) },
        'data unmarshal error',
      ],
      ['a list of numbers', `POST ${RELOAD}`, { data: '[1]' }, 'data unmarshal error'],
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

    it('to a socket reach only that one', async () => {
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
      await call(relay, `POST ${RELOAD}`, { data: '[]' });
      expect(await heard(two, 'U1', 'APP2')).to.deep.equal([]);
      expect(await heard(one)).to.have.length(5);
    });
  });

  describe('lists of channels', () => {
    it('get one more', async () => {
      const socket = await member(relay);
      const answer = await call(relay, `POST ${ADD}`, { data: 'NEW' });
      expect(answer.json).to.deep.equal({ user_id: 'U1', data: 'NEW' });
      expect(JSON.parse(await socket.next())).to.deep.equal({
        data: { channel: 'NEW' },
        event: 'gusher.addchannel',
        socket_id: '',
      });
      expect((await ask(socket, 'gusher.subscribe', { channel: 'NEW' })).event).to.equal('gusher.subscribe_succeeded');
      await call(relay, `POST ${ADD}`, { data: 'NEW' });
      await socket.next();
      expect((await ask(socket, 'gusher.querychannel', {})).data.channels).to.deep.equal(['AA', 'NEW']);
    });

    it('are replaced, which ends what they do not allow', async () => {
      const socket = await member(relay, { channels: ['AA', 'BB'] });
      await ask(socket, 'gusher.multi_subscribe', { multi_channel: ['AA', 'BB'] });
      const answer = await call(relay, `POST ${RELOAD}`, { data: '["B*","NEW"]' });
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

    it('have room for ten thousand', async () => {
      const socket = await member(relay);
      const full = Array.from({ length: 10_000 }, (_, index) => `c${index}`);
      await call(relay, `POST ${RELOAD}`, { data: JSON.stringify(full) });
      await call(relay, `POST ${ADD}`, { data: 'MORE' });
      await call(relay, `POST ${ADD}`, { data: 'c7' });
      const told = (await heard(socket)).map((text) => JSON.parse(text).data);
      expect(told).to.deep.equal([{ channels: full }, { channel: 'c7' }]);
      expect((await ask(socket, 'gusher.subscribe', { channel: 'MORE' })).event).to.equal('gusher.subscribe_error');
      expect((await ask(socket, 'gusher.subscribe', { channel: 'c9999' })).event).to.equal(
        'gusher.subscribe_succeeded',
      );
    });

    it('are not changed by an event of that name on a channel', async () => {
      const socket = await member(relay);
      await ask(socket, 'gusher.subscribe', { channel: 'AA' });
      await call(relay, 'POST /api/push/TEST/AA/gusher.reloadchannel', { data: '["C"]' });
      expect(await heard(socket)).to.deep.equal(['{"channel":"AA","event":"gusher.reloadchannel","data":["C"]}']);
      expect((await ask(socket, 'gusher.querychannel', {})).data.channels).to.deep.equal(['AA']);
    });
  });

  it('answers hostile patterns at once', async () => {
    const socket = await member(relay, { channels: ['*'] });
    await ask(socket, 'gusher.subscribe', { channel: 'x'.repeat(400) });
    const started = process.cpuUsage();
    for (const channel_pattern of ['(x+x+)+y', '(x|xx|xxx)*y$', '(.*)*(.*)*(.*)*z', '(x?){100}x{100}y']) {
      const answer = await call(relay, 'POST /api/push/TEST', { channel_pattern, event: 'e', data: '1' });
      expect(answer.json).to.deep.equal({ total: 0, pattern: channel_pattern });
    }
    const { user, system } = process.cpuUsage(started);
    expect((user + system) / 1000, 'ms of work').to.be.below(5000);
  });
});
