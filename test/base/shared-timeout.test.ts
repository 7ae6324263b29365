import { expect } from 'chai';
import { SharedTimeout } from '../../server/base/shared-timeout.ts';
import { fakeClock } from '../support/clock.ts';

function setUp(onWake: (name: string) => void = () => {}) {
  const clock = fakeClock();
  const woken: string[] = [];
  const timeout = new SharedTimeout<string>(clock, 100, (name) => {
    woken.push(name);
    onWake(name);
  });
  const start = (name: string) => timeout.start(name, clock.monotonic());
  return { clock, timeout, woken, start };
}

describe('SharedTimeout', () => {
  it('wakes each so long after its own start, with one timer', async () => {
    const { clock, woken, start } = setUp();
    for (const name of ['a', 'b', 'c']) {
      start(name);
      await clock.tick(30);
    }
    expect([woken, clock.timers()]).to.deep.equal([[], 1]);
    for (const [ms, names] of [
      [9, []],
      [1, ['a']],
      [29, ['a']],
      [1, ['a', 'b']],
      [30, ['a', 'b', 'c']],
    ] as const) {
      await clock.tick(ms);
      expect(woken).to.deep.equal(names);
    }
    expect(clock.timers()).to.equal(0);
  });

  it('begins again for one that is started again', async () => {
    const { clock, woken, start } = setUp();
    start('a');
    start('b');
    await clock.tick(60);
    start('a');
    await clock.tick(40);
    expect(woken).to.deep.equal(['b']);
    await clock.tick(59);
    expect(woken).to.deep.equal(['b']);
    await clock.tick(1);
    expect(woken).to.deep.equal(['b', 'a']);
  });

  it('does not wake one that is stopped, and keeps no timer for none', async () => {
    const { clock, timeout, woken, start } = setUp();
    start('a');
    start('b');
    timeout.stop('a');
    timeout.stop('a');
    expect(clock.timers()).to.equal(1);
    await clock.tick(100);
    expect(woken).to.deep.equal(['b']);
    start('c');
    timeout.stop('c');
    expect(clock.timers()).to.equal(0);
  });

  it('takes a start and a stop while it wakes', async () => {
    const { clock, timeout, woken, start } = setUp((name) => {
      if (name !== 'a') return;
      timeout.stop('b');
      start('a');
    });
    for (const name of ['a', 'b', 'c']) start(name);
    await clock.tick(100);
    expect([woken, clock.timers()]).to.deep.equal([['a', 'c'], 1]);
    await clock.tick(99);
    timeout.stop('a');
    await clock.tick(100);
    expect(woken).to.deep.equal(['a', 'c']);
  });

  it('goes on when one fails', async () => {
    const { clock, woken, start } = setUp((name) => {
      if (name === 'a') throw new Error('bad');
    });
    for (const name of ['a', 'b']) start(name);
    let failure: unknown;
    await clock.tick(100).catch((error: unknown) => {
      failure = error;
    });
    await clock.tick(100);
    expect([woken, String(failure)]).to.deep.equal([['a', 'b'], 'Error: bad']);
  });
});
