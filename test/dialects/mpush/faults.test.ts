import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { createLocalHolders } from '../../../server/access/name-holders.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import type { Settlement } from '../../../server/delivery/ports.ts';
import type { Session, Socket } from '../../../server/dialects/dialect.ts';
import { mpush } from '../../../server/dialects/mpush/index.ts';
import type { MpushPorts } from '../../../server/dialects/mpush/ports.ts';
import { EMERGENCY_BOUNDS } from '../../../server/messages/emergency-options.ts';
import { fakeClock } from '../../support/clock.ts';
import { info } from './requests.ts';

const CONFIG = {
  http: { verifyToken: true, waitTimeout: 0, maxWaitTimeout: 0, strict: false, cors: false, maxBody: 1024 },
  websocket: { verifyToken: true, authTimeout: 1000, waitTimeout: 0 },
  schedule: { maxDelay: 0 },
  answers: { maxWait: 0, allowPrivateCallbacks: false },
  emergencies: EMERGENCY_BOUNDS,
  statusNames: '2.1',
} as const;

/** A session on a relay that does nothing but what is given, with what it said and logged. */
function session(ports: Record<string, unknown>) {
  const [said, logged, closed]: [string[], unknown[], unknown[]] = [[], [], []];
  const running = mpush.create(
    {
      clock: fakeClock(),
      access: { isOwner: () => true },
      foreignPages: { refusalOf: () => undefined },
      auth: { sign: async () => 'JWT' },
      nameHolders: createLocalHolders(),
      devices: { get: () => ({ routes: {} }), register: async () => {} },
      channels: { subscribe() {}, unsubscribe() {}, disconnect() {}, publish() {} },
      keys: { webpushPublicKey: '', fcmProjectId: '', fcmApplicationId: '', fcmApiKey: '' },
      logger: { ...silentLogger, error: (facts: { err: unknown }) => void logged.push(facts.err) },
      onStatus() {},
      onRemoved() {},
      onKeyEnded() {},
      onTokensEnded() {},
      ...ports,
    } as unknown as MpushPorts,
    CONFIG,
  );
  const socket = {
    remoteAddress: '127.0.0.1',
    send: (text: string) => void said.push(text),
    close: (code: unknown) => void closed.push(code),
    authenticated() {},
  };
  const opened = running.open?.(socket as unknown as Socket, {} as IncomingMessage) as Session | undefined;
  const receive = async (packet: unknown) => opened?.receive(JSON.stringify(packet));
  return { receive, said, logged, closed, opened };
}

const AUTH = { cmd: 'AUTH', data: { token: 'x', name: 'a' } };
const fault = new Error('secret: disk at /var/lib/x is full');
const broken = () => Promise.reject(fault);

describe('a fault of the relay', () => {
  const known = { get: () => ({ routes: {} }), register: async () => {} };
  const cases: [string, Record<string, unknown>, readonly unknown[]][] = [
    ['while a device registers', { devices: { ...known, register: broken } }, [AUTH]],
    ['while a token is signed', { auth: { sign: broken } }, [AUTH]],
    ['while a token is checked', { access: { device: broken } }, [{ cmd: 'PING', auth: 'x' }]],
    [
      'while a message is sent',
      { publish: broken },
      [AUTH, { cmd: 'MESSAGE', data: { sendType: 'personal', target: 'b' } }],
    ],
    [
      'while a message is acknowledged',
      { devices: { ...known, acknowledged: (_mid: string, _name: string, told: Settlement) => told.failed(fault) } },
      [AUTH, { cmd: 'MESSAGE_CALLBACK', data: { mid: '1' } }],
    ],
    [
      'while a receipt is noted',
      {
        devices: {
          ...known,
          receipt: () => {
            throw fault;
          },
        },
      },
      [AUTH, { cmd: 'MESSAGE_WEBPUSH_CALLBACK', data: { mid: '1' } }],
    ],
    [
      'while a push is registered',
      { devices: { ...known, addRoute: broken } },
      [AUTH, { cmd: 'REGISTER_FCM', data: { token: 't' } }],
    ],
    ['while a device is removed', { devices: { ...known, remove: broken } }, [AUTH, { cmd: 'UNREGISTER' }]],
  ];
  for (const [when, ports, packets] of cases) {
    it(`is logged and told without its text: ${when}`, async () => {
      const { receive, said, logged, closed } = session(ports);
      for (const packet of packets) await receive(packet);
      await new Promise(setImmediate);
      expect(said.at(-1)).to.equal(info('internal error'));
      expect(said.join()).not.to.include('secret');
      expect(logged).to.deep.equal([fault]);
      expect(closed, 'the socket lives on').to.deep.equal([]);
    });
  }
});

describe('a socket that sends faster than its messages are answered', () => {
  it('is held back at 256 that wait, and goes on when one of them is done', async () => {
    const waiting: (() => void)[] = [];
    const publish = () => new Promise((resolve) => waiting.push(() => resolve({ mid: '1', statuses: new Map() })));
    const { receive, opened } = session({ publish });
    await receive(AUTH);
    const packet = JSON.stringify({ cmd: 'MESSAGE', data: { sendType: 'personal', target: 'b' } });
    for (let i = 1; i < 256; i += 1) expect(opened?.receive(packet)).to.equal(undefined);
    const held = opened?.receive(packet);
    expect(held).to.be.instanceOf(Promise);
    waiting[0]?.();
    await held;
    expect(opened?.receive(packet)).to.be.instanceOf(Promise);
  });
});
