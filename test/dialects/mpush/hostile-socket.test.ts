import { expect } from 'chai';
import { TOKEN, world } from '../../world.ts';
import { stored } from './requests.ts';

const odd: readonly unknown[] = [
  null,
  true,
  0,
  1,
  -1,
  '',
  'x',
  [],
  [[]],
  {},
  { toString: 1 },
  { __proto__: null, valueOf: 1 },
];
const COMMANDS = [
  'AUTH',
  'MESSAGE',
  'MESSAGE_CALLBACK',
  'MESSAGE_WEBPUSH_CALLBACK',
  'MESSAGE_FCM_CALLBACK',
  'REGISTER_WEBPUSH',
  'REGISTER_FCM',
];

/** Frames that are wrong in one way or another; none of them may do anything. */
const FRAMES: readonly unknown[] = [
  ...odd.flatMap((value) => [
    ...COMMANDS.map((cmd) => ({ cmd, data: value })),
    { cmd: value },
    { cmd: 'PING', auth: value },
    { cmd: 'AUTH', data: { token: value, name: 'x' } },
    { cmd: 'AUTH', data: { token: value, name: value, group: value } },
    {
      cmd: 'AUTH',
      data: { token: TOKEN, name: value === 'x' || value === 1 || value === -1 || value === true ? [] : value },
    },
    { cmd: 'AUTH', data: { token: TOKEN, name: 'x', group: [value, 1] } },
    { cmd: 'MESSAGE', data: { sendType: value, target: 'a', message: value } },
    { cmd: 'MESSAGE', data: { sendType: 'personal', target: typeof value === 'object' ? value : '' } },
    { cmd: 'MESSAGE_CALLBACK', data: { mid: value } },
    { cmd: 'REGISTER_WEBPUSH', data: { endpoint: value, keys: value } },
    { cmd: 'REGISTER_WEBPUSH', data: { endpoint: 'https://push.example/x', keys: { auth: value, p256dh: value } } },
    { cmd: 'REGISTER_FCM', data: { token: value } },
  ]),
  '{"cmd":"AUTH","data":{"__proto__":{"token":"test-token","name":"x"}}}',
  '{"__proto__":{"cmd":"AUTH","data":{"token":"test-token","name":"x"}}}',
  '['.repeat(100_000),
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `{"cmd":"AUTH","data":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`,
  '{"cmd":"MESSAGE"',
  '\u0000',
  '\ufeff{"cmd":"PING"}',
  '{"cmd":"PI\u0000NG"}',
  JSON.stringify({ cmd: 'x'.repeat(10_000) }),
];

describe('hostile frames', () => {
  it('before AUTH change nothing and leave the socket open', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1000 } } });
    const socket = await relay.socket();
    for (const frame of FRAMES) {
      socket.send(frame);
      const answer = await socket.next();
      expect(answer, JSON.stringify(frame).slice(0, 100)).to.match(/^\{"cmd":"(INFO|AUTH)","data":/);
      expect(answer).not.to.include('"code":200').and.not.include('internal error');
    }
    expect(relay.relay.devices()).to.deep.equal([]);
    socket.send({ cmd: 'AUTH', data: { token: TOKEN, name: 'a' } });
    expect((await socket.packet('AUTH')).data.code).to.equal(200);
  });

  it('after AUTH change nothing and leave the socket open', async () => {
    const relay = await world({ config: { http: { maxAuthFailures: 1000 } } });
    const device = await relay.device('a');
    for (const frame of FRAMES) device.send(frame);
    await device.settle();
    for (const frame of device.frames) {
      expect(frame)
        .not.to.include('internal error')
        .and.not.match(/ at |\.ts:|node:/);
      expect(frame).to.match(/^\{"cmd":"(INFO|AUTH|PONG)","data":/);
    }
    expect(relay.relay.devices()).to.deep.equal(['a']);
    const { json } = await relay.request('/v1/devices');
    expect(json.devices[0].routes).to.deep.equal(['websocket']);
    expect(await stored(relay, 'a')).to.deep.equal([]);
    const sending = relay.request('/a.send?text=x');
    const { mid } = (await device.packet('MESSAGE')).data;
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid } });
    expect((await sending).json.data.a).to.equal('ok');
  });
});
