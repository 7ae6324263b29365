import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { closeStaggered } from '../../server/socket/close-staggered.ts';
import { onCleanup } from '../support/cleanup.ts';

/** What was visited, and how many of them after each 100 ms. */
function visits(count: number, within: number) {
  const timers = install({ toFake: ['setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
  onCleanup(() => timers.uninstall());
  const visited: number[] = [];
  closeStaggered(
    Array.from({ length: count }, (_, n) => n),
    within,
    (one) => visited.push(one),
  );
  const counts = [visited.length];
  while (timers.countTimers() > 0) {
    timers.tick(100);
    counts.push(visited.length);
  }
  expect(visited).to.deep.equal(Array.from({ length: count }, (_, n) => n));
  return counts;
}

describe('closeStaggered', () => {
  const cases: [count: number, within: number, counts: number[]][] = [
    [0, 2_000, [0]],
    [1, 2_000, [1]],
    [100, 2_000, [100]],
    [101, 2_000, [100, 101]],
    [250, 2_000, [100, 200, 250]],
    [900, 200, [300, 600, 900]],
    [250, 99, [250]],
    [250, 0, [250]],
  ];
  for (const [count, within, counts] of cases) {
    it(`visits ${count} in order and within ${within} ms`, () => {
      expect(visits(count, within)).to.deep.equal(counts);
    });
  }
});
