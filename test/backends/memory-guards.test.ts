// What the guards of one process promise beside the contract: when they forget.
import { expect } from 'chai';
import { createMemoryGuards } from '../../server/backends/memory-guards.ts';
import { fakeClock } from '../support/clock.ts';

function setUp() {
  const clock = fakeClock();
  return { clock, ...createMemoryGuards(clock) };
}

describe('createMemoryGuards', () => {
  it('tells how long a lockout lasts, from the first wrong credential on, and begins again after it', async () => {
    const { clock, throttle } = setUp();
    const told: [string, number][] = [];
    throttle.onLockout((...lockout) => told.push(lockout));
    await throttle.fail('net', 'a', 2, 60_000);
    await clock.tick(20_000);
    await throttle.fail('net', 'b', 2, 60_000);
    await throttle.fail('net', 'c', 2, 60_000);
    expect(told).to.deep.equal([['net', 40_000]]);
    await clock.tick(40_000);
    await throttle.fail('net', 'b', 2, 60_000);
    expect(told).to.have.length(1);
    await throttle.fail('net', 'a', 2, 60_000);
    expect(told[1]).to.deep.equal(['net', 60_000]);
  });

  it('counts the newest 10,000 networks', async () => {
    const { throttle } = setUp();
    const told: string[] = [];
    throttle.onLockout((network) => told.push(network));
    for (let n = 0; n <= 10_000; n += 1) await throttle.fail(`net-${n}`, 'a', 2, 60_000);
    for (const network of ['net-0', 'net-10000']) await throttle.fail(network, 'b', 2, 60_000);
    expect(told).to.deep.equal(['net-10000']);
  });

  it('lets a claimed pairing code stand beyond its time, and no one find it', async () => {
    const { clock, pairings } = setUp();
    await pairings.add('CODE', { expiresAt: 1 });
    await pairings.claim('CODE');
    await clock.tick(600_000);
    expect([await pairings.stands('CODE'), await pairings.find('CODE')]).to.deep.equal([true, undefined]);
    await pairings.release('CODE');
    expect(await pairings.claim('CODE')).to.equal(undefined);
    await pairings.add('NEXT', { expiresAt: 1 });
    expect(await pairings.stands('CODE')).to.equal(false);
  });

  it('keeps an answer for ten minutes, and none for an app that was removed meanwhile', async () => {
    const { clock, answers } = setUp();
    const kept = { digest: 'd', answer: '{}' };
    await answers.claim('shop', 'k');
    await answers.keep('shop', 'k', kept);
    await clock.tick(599_999);
    expect(await answers.claim('shop', 'k')).to.equal(kept);
    await clock.tick(1);
    expect(await answers.claim('shop', 'k')).to.equal('new');
    await answers.forget('shop');
    await answers.keep('shop', 'k', kept);
    expect(await answers.claim('shop', 'k')).to.equal('new');
  });

  it('refills a rate with time, and fills that of an app that was replaced', async () => {
    const { clock, rates } = setUp();
    const app = { id: 'shop' };
    expect(await rates.take(app, 'events', 2, 2)).to.deep.equal({ left: 0, wait: 0 });
    expect(await rates.take(app, 'events', 2, 1)).to.deep.equal({ left: 0, wait: 0.5 });
    await clock.tick(500);
    expect(await rates.take(app, 'events', 2, 1)).to.deep.equal({ left: 0, wait: 0 });
    expect(await rates.take({ ...app }, 'events', 2, 1)).to.deep.equal({ left: 1, wait: 0 });
  });

  it('knows a login as long as it was put for', async () => {
    const { clock, logins } = setUp();
    await logins.put('token', '{}', { most: 9, forMs: 1000 });
    await clock.tick(999);
    expect(await logins.get('token')).to.equal('{}');
    await clock.tick(1);
    expect(await logins.get('token')).to.equal(undefined);
  });
});
