import { expect } from 'chai';
import { createApp } from '../../../../server/channel/app.ts';
import type { Socket } from '../../../../server/dialects/dialect.ts';
import type { Closing } from '../../../../server/dialects/pusher/refusals.ts';
import { ConnectionQuota } from '../../../../server/dialects/pusher/session/connection-quota.ts';
import { PusherSessions } from '../../../../server/dialects/pusher/session/pusher-sessions.ts';
import { fakeClock } from '../../../support/clock.ts';

const app = createApp({ id: '1', keys: [], limits: { connections: 1 } });

function setUp(reserved: boolean) {
  const clock = fakeClock();
  const sessions = new PusherSessions();
  const log: string[] = [];
  const socket: Socket = {
    id: '1.2',
    remoteAddress: '',
    deliver() {},
    send() {},
    ping() {},
    close() {},
    authenticated: () => log.push('authenticated'),
  };
  const errors = { error() {}, end: ({ code }: Closing) => log.push(`end ${code}`) };
  const quota = new ConnectionQuota(socket, { app, key: 'k', reserved }, { clock, sessions }, errors, 1_000);
  return { clock, sessions, log, quota };
}

describe('ConnectionQuota', () => {
  it('lets a socket that counts already stay without a proof', async () => {
    const { clock, log, quota } = setUp(true);
    expect([quota.reserved, quota.reserve(app)]).to.deep.equal([true, true]);
    await clock.tick(10_000);
    expect(log).to.deep.equal(['authenticated']);
  });

  it('ends a socket that proves nothing in time', async () => {
    const { clock, log } = setUp(false);
    await clock.tick(999);
    expect(log).to.deep.equal([]);
    await clock.tick(1);
    expect(log).to.deep.equal(['end 4009']);
  });

  it('counts a socket when it reserves, and once', () => {
    const { sessions, quota } = setUp(false);
    quota.reserve(app);
    quota.reserve(app);
    expect(sessions.count('1')).to.equal(1);
    quota.release();
    quota.release();
    expect(sessions.count('1')).to.equal(0);
  });

  it('ends a socket that finds the quota used up', () => {
    const { sessions, log, quota } = setUp(false);
    sessions.reserve(app);
    expect(quota.reserve(app)).to.equal(false);
    expect(log).to.deep.equal(['end 4004']);
    quota.end();
    expect(sessions.count('1')).to.equal(1);
  });

  it('leaves no timer behind after the proof, and none after the end', () => {
    for (const step of ['proven', 'end'] as const) {
      const { clock, quota } = setUp(false);
      quota[step]();
      expect(clock.timers()).to.equal(0);
    }
  });
});
