import { connect as connectRaw } from 'node:net';
import { expect } from 'chai';
import type { RunningDialect, Session, Socket, Upgrade } from '../../server/dialects/dialect.ts';
import { onCleanup } from '../support/cleanup.ts';
import { refused } from '../support/refused.ts';
import { connect } from '../support/socket.ts';
import { type Layer, startLayer } from './layer.ts';

type Decision = Awaited<ReturnType<NonNullable<RunningDialect['admit']>>>;

const echo = (socket: Socket): Session => ({ receive: (text) => socket.send(`${text}`), closed() {} });
const url = ({ port }: Layer, path = '/asked') => `ws://127.0.0.1:${port}${path}`;

/** A dialect whose pendingUpgrades a test makes. */
function asked() {
  const upgrades: Upgrade[] = [];
  const decide: ((decision: Decision) => void)[] = [];
  let wake = () => {};
  const running: RunningDialect = {
    admit(upgrade) {
      upgrades.push(upgrade);
      const decision = new Promise<Decision>((resolve) => decide.push(resolve));
      wake();
      return decision;
    },
  };
  const came = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
      if (decide.length > 0) resolve();
    });
  return { running, upgrades, came, decide: (decision: Decision) => decide.shift()?.(decision) };
}

describe('admit', () => {
  it('knows what the peer asked for, and lets it in', async () => {
    const dialect = asked();
    const layer = await startLayer({ asked: dialect.running });
    const client = connect(url(layer, '/asked?a=1&b=%26'));
    await dialect.came();
    const [upgrade] = dialect.upgrades;
    expect(upgrade?.path).to.equal('/asked');
    expect([...(upgrade?.query ?? [])]).to.deep.equal([
      ['a', '1'],
      ['b', '&'],
    ]);
    expect(upgrade?.ip).to.equal('127.0.0.1');
    dialect.decide(echo);
    const socket = await client;
    socket.send('x');
    expect(await socket.next()).to.equal('x');
  });

  it('refuses with a status and a text', async () => {
    const layer = await startLayer({ asked: { admit: async () => ({ status: 401, text: 'nobody knows 你' }) } });
    expect(await refused(url(layer))).to.equal('401 nobody knows 你');
  });

  it('that fails is a fault of the relay, told without its text', async () => {
    const layer = await startLayer({ asked: { admit: () => Promise.reject(new Error('secret')) } });
    expect(await refused(url(layer))).to.equal('500 internal error');
    expect(layer.faults).to.deep.equal(['admission fault: Error: secret']);
  });

  it('counts its peers as unauthenticated while it decides, and not after it', async () => {
    const dialect = asked();
    const layer = await startLayer({ asked: dialect.running, limits: { maxUnauthenticated: 1 } });
    const first = refused(url(layer));
    await dialect.came();
    expect(await refused(url(layer))).to.match(/^503/);
    dialect.decide({ status: 404, text: 'gone' });
    expect(await first).to.equal('404 gone');
    const second = connect(url(layer));
    await dialect.came();
    dialect.decide(echo);
    await second;
  });

  it('is told when the peer has been cut off', async () => {
    const dialect = asked();
    const layer = await startLayer({ asked: dialect.running });
    const peer = connectRaw(layer.port, '127.0.0.1');
    onCleanup(() => peer.destroy());
    peer.write(
      'GET /asked HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
        'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    );
    await dialect.came();
    const ended = new Promise((resolve) => dialect.upgrades[0]?.signal.addEventListener('abort', resolve));
    peer.resetAndDestroy();
    await ended;
    dialect.decide(echo);
  });

  it('is told when the layer closes, and lets nobody in then', async () => {
    const dialect = asked();
    const layer = await startLayer({ asked: dialect.running });
    const answer = refused(url(layer));
    await dialect.came();
    const closed = layer.sockets.close(1000);
    expect(dialect.upgrades[0]?.signal.aborted).to.equal(true);
    dialect.decide(echo);
    await closed;
    expect(await answer).to.match(/^503/);
  });
});
