import { expect } from 'chai';
import type { ConnectionState } from '../../../../pwa/src/model/model.ts';
import { openSocket, type Packet, type SocketPort } from '../../../../pwa/src/model/sync/socket.ts';
import { fakeClock } from '../../../support/clock.ts';

/** The far end of a socket. */
class FakeSocket implements SocketPort {
  readonly sent: Packet[] = [];
  isClosed = false;
  onopen: SocketPort['onopen'] = null;
  onmessage: SocketPort['onmessage'] = null;
  onclose: SocketPort['onclose'] = null;
  onerror: SocketPort['onerror'] = null;

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }
  close() {
    this.isClosed = true;
  }
  open() {
    this.onopen?.({} as never);
  }
  say(packet: unknown) {
    this.onmessage?.({ data: typeof packet === 'string' ? packet : JSON.stringify(packet) } as never);
  }
  end(code: number) {
    this.onclose?.({ code } as never);
  }
}

function setUp() {
  const clock = fakeClock();
  const sockets: FakeSocket[] = [];
  const states: ConnectionState[] = [];
  const packets: Packet[] = [];
  let isOnline = true;
  const account = {
    id: 'a',
    server: 'https://push.example.org/mpush',
    name: 'phone',
    groups: ['x', 'y'],
    auth: 'jwt',
    vapidKey: '',
    addedAt: 1,
  };
  const urls: string[] = [];
  const socket = openSocket(() => account, {
    open(url) {
      urls.push(url);
      const socket = new FakeSocket();
      sockets.push(socket);
      return socket;
    },
    clock,
    random: () => 1,
    online: () => isOnline,
    onState: (state) => states.push(state),
    onAccepted: () => {},
    onPacket: (packet) => packets.push(packet),
  });
  const last = () => {
    const socket = sockets.at(-1);
    if (socket === undefined) throw new Error('no socket was opened');
    return socket;
  };
  return {
    socket,
    clock,
    sockets,
    states,
    packets,
    urls,
    last,
    state: () => states.at(-1),
    goOffline: () => {
      isOnline = false;
    },
    accept() {
      last().open();
      last().say({ cmd: 'AUTH', data: { code: 200, auth: 'next' } });
    },
  };
}

describe('openSocket', () => {
  it('authenticates with its own token, and asks for events', () => {
    const { last, urls, accept, state } = setUp();
    accept();
    expect(urls).to.deep.equal(['wss://push.example.org/mpush/']);
    expect(last().sent).to.deep.equal([
      { cmd: 'AUTH', auth: 'jwt', data: { token: '', name: 'phone', group: 'x,y', events: true } },
    ]);
    expect(state()).to.deep.equal({ kind: 'connected' });
  });

  it('pings a quiet relay, and reconnects when no answer comes', async () => {
    const { clock, last, sockets, accept, state } = setUp();
    accept();
    await clock.tick(30_000);
    expect(last().sent.at(-1)).to.deep.equal({ cmd: 'PING' });
    last().say({ cmd: 'PONG', data: '' });
    await clock.tick(30_000);
    await clock.tick(9_999);
    expect(state()?.kind).to.equal('connected');
    const dead = last();
    await clock.tick(1);
    expect(dead.isClosed).to.equal(true);
    await clock.tick(1);
    expect([sockets.length, state()?.kind]).to.deep.equal([2, 'connecting']);
  });

  it('waits longer before each attempt, up to a minute', async () => {
    const { clock, last, state } = setUp();
    const waits: number[] = [];
    for (let n = 0; n < 9; n += 1) {
      last().end(1006);
      const now = state();
      if (now?.kind !== 'offline') throw new Error('expected to be offline');
      waits.push(now.retryAt - clock.now());
      await clock.tick(now.retryAt - clock.now());
    }
    expect(waits).to.deep.equal([1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000));
  });

  it('gives up on a relay that does not connect or answer AUTH within ten seconds', async () => {
    const { clock, last, state, sockets } = setUp();
    await clock.tick(10_000);
    expect(state()).to.deep.include({
      why: { key: 'connection.unreachable', values: { server: 'https://push.example.org/mpush' } },
    });
    await clock.tick(1000);
    last().open();
    await clock.tick(10_000);
    expect(state()).to.deep.include({ why: { key: 'connection.no_answer' } });
    expect(sockets.every(({ isClosed }) => isClosed)).to.equal(true);
  });

  it('names the network when this device has none', () => {
    const { last, goOffline, state } = setUp();
    goOffline();
    last().end(1006);
    expect(state()).to.deep.include({ why: { key: 'connection.no_network' } });
  });

  it('connects at once when it is woken, or pings if it is connected', () => {
    const { socket, last, sockets, accept } = setUp();
    last().end(1006);
    socket.wake();
    expect(sockets).to.have.lengthOf(2);
    socket.wake();
    expect(sockets).to.have.lengthOf(2);
    accept();
    socket.wake();
    expect(last().sent.at(-1)).to.deep.equal({ cmd: 'PING' });
  });

  const refusals: [string, unknown, unknown][] = [
    ['a removed device', { cmd: 'INFO', data: 'in any words', code: 'revoked' }, 'connection.refused.removed'],
    ['an old token', { cmd: 'INFO', data: 'in any words', code: 'unauthorized' }, 'connection.refused.token'],
    ['a wrong token', { cmd: 'AUTH', data: { code: 403, msg: 'x' }, code: 'unauthorized' }, 'connection.refused.token'],
    [
      'a name of a webhook',
      { cmd: 'AUTH', data: { code: 403, msg: 'The name [x] is already used' }, code: 'forbidden' },
      'connection.refused.other',
    ],
  ];
  for (const [what, packet, key] of refusals) {
    it(`does not come back with ${what}`, async () => {
      const { clock, last, state, sockets, socket } = setUp();
      last().open();
      last().say(packet);
      expect(state()).to.deep.include({ kind: 'refused' }).and.to.have.nested.property('why.key', key);
      await clock.tick(600_000);
      socket.wake();
      expect(sockets).to.have.lengthOf(1);
      socket.reconnect();
      expect(sockets).to.have.lengthOf(2);
    });
  }

  it('reports a refusal when its name is taken over or the device is removed', () => {
    for (const [end, key] of [
      [(socket: FakeSocket) => socket.end(4409), 'connection.refused.taken_over'],
      [
        (socket: FakeSocket) => socket.say({ cmd: 'AUTH', data: { code: 401, msg: 'Need Auth' } }),
        'connection.refused.removed',
      ],
    ] as const) {
      const { accept, last, state } = setUp();
      accept();
      end(last());
      expect(state()).to.have.nested.property('why.key', key);
    }
  });

  it('waits a minute after too many wrong tokens', async () => {
    const { clock, last, state, sockets } = setUp();
    last().open();
    last().say({ cmd: 'AUTH', data: { code: 429, msg: 'slow down' } });
    expect(state()).to.have.nested.property('why.key', 'connection.too_many');
    await clock.tick(59_999);
    expect(sockets).to.have.lengthOf(1);
    await clock.tick(1);
    expect(sockets).to.have.lengthOf(2);
  });

  it('passes on packets only while it is connected, and ignores invalid ones', () => {
    const { accept, last, packets, state } = setUp();
    last().open();
    last().say({ cmd: 'MESSAGE', data: {} });
    accept();
    for (const frame of ['', 'null', '[]', '{"cmd":1}', '{', '7', { cmd: 'MESSAGE', data: { mid: '1' } }])
      last().say(frame);
    expect(packets).to.deep.equal([{ cmd: 'MESSAGE', data: { mid: '1' } }]);
    expect(state()).to.deep.equal({ kind: 'connected' });
  });

  it('does nothing after it is closed', async () => {
    const { socket, clock, sockets, accept } = setUp();
    accept();
    socket.close();
    await clock.tick(600_000);
    expect(sockets.map(({ isClosed }) => isClosed)).to.deep.equal([true]);
  });
});
