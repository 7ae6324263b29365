import { expect } from 'chai';
import { createMemoryGuards } from '../../../../server/backends/memory-guards.ts';
import { silentLogger } from '../../../../server/base/logger.ts';
import type { MaybePromise } from '../../../../server/base/maybe-promise.ts';
import { createApp } from '../../../../server/channel/app.ts';
import type { Socket } from '../../../../server/dialects/dialect.ts';
import type { Closing } from '../../../../server/dialects/pusher/refusals.ts';
import { ConnectionQuota } from '../../../../server/dialects/pusher/session/connection-quota.ts';
import { fakeClock } from '../../../support/clock.ts';
import { farGuards } from '../../../support/far-guards.ts';

const app = createApp({ id: '1', keys: [], limits: { connections: 1 } });

function setUp(reserved: MaybePromise<boolean>, far = false) {
  const clock = fakeClock();
  const near = createMemoryGuards(clock);
  const distant = farGuards(near);
  const { guards } = far ? distant : { guards: near };
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
  const errors = { error() {}, end: ({ code, message }: Closing) => log.push(`end ${code} ${message}`) };
  const quota = new ConnectionQuota(socket, app, { clock, logger: silentLogger, guards }, errors);
  const opened = quota.open({ app, key: 'k', reserved }, 1_000);
  return { clock, places: near.places, distant, log, quota, opened };
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
    expect(log).to.deep.equal(['end 4009 Connection not authorized within timeout.']);
  });

  it('counts a socket when it reserves, and once', () => {
    const { places, quota } = setUp(false);
    expect([quota.reserve(app), quota.reserve(app)]).to.deep.equal([true, true]);
    expect(places.count('1')).to.equal(1);
    quota.release();
    quota.release();
    expect(places.count('1')).to.equal(0);
  });

  it('ends a socket that finds the quota used up', () => {
    const { places, log, quota } = setUp(false);
    expect(places.take('1', 1)).to.equal(true);
    expect(quota.reserve(app)).to.equal(false);
    expect(log).to.deep.equal(['end 4004 Application is over connection quota']);
    quota.end();
    expect(places.count('1')).to.equal(1);
  });

  it('leaves no timer behind after the proof, and none after the end', () => {
    for (const step of ['proven', 'end'] as const) {
      const { clock, quota } = setUp(false);
      quota[step]();
      expect(clock.timers()).to.equal(0);
    }
  });
});

describe('a quota that is counted elsewhere', () => {
  it('lets a socket wait for its place', async () => {
    const { log, opened, quota } = setUp(Promise.resolve(true), true);
    expect([log, quota.reserved]).to.deep.equal([[], false]);
    expect(await opened).to.equal(true);
    expect([log, quota.reserved]).to.deep.equal([['authenticated'], true]);
  });

  it('ends a socket that gets none', async () => {
    const { log, opened } = setUp(Promise.resolve(false), true);
    expect(await opened).to.equal(false);
    expect(log).to.deep.equal(['end 4004 Application is over connection quota']);
  });

  it('gives back a place that came after the socket closed', async () => {
    const { places, quota, distant, log } = setUp(false, true);
    const release = distant.hold();
    const reserved = quota.reserve(app);
    quota.end();
    release();
    expect(await reserved).to.equal(false);
    expect([places.count('1'), log]).to.deep.equal([0, []]);
  });

  it('lets the client try again when it cannot be asked', async () => {
    const { quota, distant, log } = setUp(false, true);
    distant.isGone = true;
    expect(await quota.reserve(app)).to.equal(false);
    expect(log).to.deep.equal(['end 4200 the store cannot be reached']);
  });
});
