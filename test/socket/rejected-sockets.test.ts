// Sockets that are turned away in words of their protocol, over an open socket.
import { expect } from 'chai';
import type { RunningDialect, Session, Socket, Upgrade, UpgradeRefusal } from '../../server/dialects/dialect.ts';
import { refused } from '../support/refused.ts';
import { connect } from '../support/socket.ts';
import { type Layer, startLayer } from './layer.ts';
import { handshake, rawClient } from './raw-client.ts';

const FULL = { code: 4100, reason: 'full', text: 'come back later' };
const CLOSING = { code: 4200, reason: 'closing', text: 'come back at once' };
const NO = { code: 4001, reason: 'nobody', text: 'never come back' };

const echo = (socket: Socket): Session => ({ receive: (text) => socket.send(`${text}`), closed() {} });
const talks: RunningDialect = { open: echo, overloaded: FULL, shutdownReason: CLOSING };
const url = ({ port }: Layer) => `ws://127.0.0.1:${port}/asked`;

/** Decides nothing before the layer closes. */
const undecided = ({ signal }: Upgrade) =>
  new Promise<UpgradeRefusal>((resolve) => {
    signal.addEventListener('abort', () => resolve({ status: 503, text: '' }));
  });

/** A peer that never answers a close. */
async function mute({ port }: Layer, word: RegExp) {
  const client = await rawClient(port, handshake('/asked'));
  await client.until(word);
  return client;
}

describe('a socket that is turned away', () => {
  it('is told by a frame and a close when it has to make room', async () => {
    const layer = await startLayer({ asked: talks, limits: { maxUnauthenticated: 1 } });
    let one = await connect(url(layer));
    for (let n = 0; n < 3; n += 1) {
      const next = await connect(url(layer));
      expect(await one.next()).to.equal('come back later');
      expect(await one.closed).to.deep.equal({ code: 4100, reason: 'full' });
      one = next;
    }
    expect(layer.warnings).to.deep.equal(['too many unauthenticated sockets']);
  });

  it('is told by a frame and a close when no one can make room', async () => {
    const layer = await startLayer({
      asked: { admit: undecided, overloaded: FULL },
      limits: { maxUnauthenticated: 1 },
    });
    await rawClient(layer.port, handshake('/asked'));
    const one = await connect(url(layer));
    expect(await one.next()).to.equal('come back later');
    expect(await one.closed).to.deep.equal({ code: 4100, reason: 'full' });
    expect(await refused(`ws://127.0.0.1:${layer.port}/socket`), 'a dialect without such words').to.match(/^503/);
  });

  it('is told by a frame and a close while the layer closes', async () => {
    const layer = await startLayer({ asked: talks });
    await layer.sockets.close(0);
    const one = await connect(url(layer));
    expect(await one.next()).to.equal('come back at once');
    expect(await one.closed).to.deep.equal({ code: 4200, reason: 'closing' });
  });

  it('is told by a frame and a close what the dialect says, and not heard', async () => {
    const layer = await startLayer({ asked: { open: () => NO } });
    const one = await connect(url(layer));
    one.send('hello');
    expect(await one.closed).to.deep.equal({ code: 4001, reason: 'nobody' });
    expect(one.frames).to.deep.equal(['never come back']);
    expect(layer.faults).to.deep.equal([]);
  });

  it('is cut off after a second when it does not close', async () => {
    const layer = await startLayer({ asked: { open: () => NO } });
    const one = await mute(layer, /never come back/);
    await layer.clock.tick(999);
    expect(layer.sockets.count()).to.equal(1);
    await layer.clock.tick(1);
    await one.closed;
    expect(layer.sockets.count()).to.equal(0);
  });

  it('takes no place of those that may still authenticate', async () => {
    const layer = await startLayer({ asked: { open: () => NO }, limits: { maxUnauthenticated: 1 } });
    await mute(layer, /never come back/);
    const next = await layer.client();
    next.send('in');
    expect(await next.next()).to.equal('in');
  });

  it('is cut off at once when as many as that are being turned away', async () => {
    const layer = await startLayer({ asked: { open: () => NO }, limits: { maxUnauthenticated: 1 } });
    const gone = await mute(layer, /never come back/);
    const next = await rawClient(layer.port, handshake('/asked'));
    await next.closed;
    expect(next.text()).not.to.include('never come back');
    await layer.clock.tick(1_000);
    await gone.closed;
    await mute(layer, /never come back/);
  });
});
