import { setImmediate as endOfTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { createBatch } from '../../../server/backends/redis/batch.ts';

describe('createBatch', () => {
  it('makes the calls of one turn together, and gives each its answer', async () => {
    const runs: (readonly number[])[] = [];
    const batch = createBatch(10, async (calls: readonly number[]) => {
      runs.push(calls);
      return calls.map((call) => call * 2);
    });
    expect(await Promise.all([1, 2, 3].map((call) => batch.add(call)))).to.deep.equal([2, 4, 6]);
    expect(await batch.add(4)).to.equal(8);
    expect(runs).to.deep.equal([[1, 2, 3], [4]]);
  });

  it('makes no more calls together than it may', async () => {
    const runs: (readonly number[])[] = [];
    const batch = createBatch(2, async (calls: readonly number[]) => {
      runs.push(calls);
      return calls;
    });
    await Promise.all([1, 2, 3, 4, 5].map((call) => batch.add(call)));
    expect(runs).to.deep.equal([[1, 2], [3, 4], [5]]);
  });

  it('makes them at once when asked to, and not a second time', async () => {
    const runs: (readonly number[])[] = [];
    const batch = createBatch(10, async (calls: readonly number[]) => {
      runs.push(calls);
      return calls;
    });
    const first = batch.add(1);
    batch.flush();
    expect(runs).to.deep.equal([[1]]);
    batch.flush();
    await first;
    await endOfTurn();
    expect(runs).to.deep.equal([[1]]);
  });

  it('rejects all calls of a run that fails, and goes on', async () => {
    let isDown = true;
    const batch = createBatch(10, async (calls: readonly number[]) => {
      if (isDown) throw new Error('down');
      return calls;
    });
    const outcomes = await Promise.allSettled([batch.add(1), batch.add(2)]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    isDown = false;
    expect(await batch.add(3)).to.equal(3);
  });
});
