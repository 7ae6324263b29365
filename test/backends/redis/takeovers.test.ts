import { expect } from 'chai';
import type { ClusterView } from '../../../server/backends/redis/lease.ts';
import { createTakeovers } from '../../../server/backends/redis/takeovers.ts';

const LEASE = 3000;

describe('createTakeovers', () => {
  function setUp() {
    let now = 0;
    const told: number[] = [];
    const takeovers = createTakeovers({
      clock: { monotonic: () => now },
      lease: LEASE,
      self: () => 'self',
      tell: (seconds) => void told.push(seconds),
    });
    /** What a beat shows: the lease that the other node has left, and who owns shard 7. */
    const beat = (
      at: number,
      left: number | 'removed' | undefined,
      owner: string,
      state: 'ready' | 'draining' = 'ready',
    ) => {
      now = at;
      const leaseLeft = left === 'removed' ? undefined : left;
      const other = { id: 'other', leaseLeft, isAlive: (leaseLeft ?? 0) > 0, state, name: 'o' };
      const view: ClusterView = {
        nodes: left === undefined ? [] : [other],
        shards: new Map([[7, { owner, fence: 1 }]]),
      };
      takeovers.saw(view);
    };
    const claimed = (at: number) => {
      now = at;
      takeovers.claimed([7]);
    };
    return { told, beat, claimed };
  }

  it('tells the time from the last beat of the dead owner until its work is done', () => {
    const { told, beat, claimed } = setUp();
    beat(0, LEASE, 'other');
    beat(4000, -1000, 'other');
    claimed(4200);
    expect(told).to.deep.equal([4.2]);
  });

  it('remembers an owner that was removed, and one that the next beat shows as replaced', () => {
    const { told, beat, claimed } = setUp();
    beat(0, LEASE, 'other');
    beat(3900, 'removed', 'other');
    beat(4000, undefined, '');
    beat(4500, undefined, 'self');
    claimed(5000);
    expect(told).to.deep.equal([5]);
    claimed(6000);
    expect(told, 'once').to.have.length(1);
  });

  it('tells nothing of shards that were handed over, or given up in order', () => {
    const { told, beat, claimed } = setUp();
    beat(0, LEASE, 'other');
    claimed(10);
    beat(1000, LEASE, 'other', 'draining');
    beat(2000, undefined, '');
    claimed(2000);
    expect(told).to.deep.equal([]);
  });

  it('tells nothing of shards whose owner it never saw', () => {
    const { told, beat, claimed } = setUp();
    beat(0, undefined, '');
    claimed(0);
    expect(told).to.deep.equal([]);
  });
});
