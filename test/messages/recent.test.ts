import { expect } from 'chai';
import type { Documents } from '../../server/messages/documents.ts';
import { createRecent } from '../../server/messages/recent.ts';
import { fakeClock } from '../support/clock.ts';
import { memoryDocuments } from '../support/memory-documents.ts';

const BOUNDS = { chunks: 2, perChunk: 3 };

function setUp() {
  const clock = fakeClock();
  const documents = memoryDocuments(clock.now);
  let isAway = false;
  const breaking: Documents = {
    ...documents,
    collection<T extends object>(name: string) {
      const collection = documents.collection(name);
      return {
        ...collection,
        put: (...args: Parameters<typeof collection.put>) =>
          isAway ? Promise.reject(new Error('away')) : collection.put(...args),
      } as never as ReturnType<typeof documents.collection<T & Record<string, never>>>;
    },
  } as Documents;
  const node = (id: string) =>
    createRecent<number>('numbers', BOUNDS, { documents: breaking, clock, node: id, keptFor: 60_000 });
  return {
    clock,
    node,
    leave(away: boolean) {
      isAway = away;
    },
  };
}

describe('the last records', () => {
  it('are read at once where they were kept, and soon on other nodes, and after a restart', async () => {
    const { clock, node } = setUp();
    const [a, b] = [node('a'), node('b')];
    for (const number of [1, 2, 3, 4]) a.keep(number);
    b.keep(10);
    expect(await a.read()).to.deep.equal([1, 2, 3, 4]);
    await clock.tick(3100);
    expect(await a.read()).to.deep.equal([10, 1, 2, 3, 4]);
    expect(await b.read()).to.have.members([1, 2, 3, 4, 10]);
    await a.close();
    expect(await node('a again').read()).to.have.members([1, 2, 3, 4, 10]);
  });

  it('drop the oldest beyond their bound, in memory and where they are stored', async () => {
    const { clock, node } = setUp();
    const a = node('a');
    for (let number = 1; number <= 20; number += 1) {
      a.keep(number);
      if (number % 7 === 0) await clock.tick(2000);
    }
    await a.close();
    expect(await a.read()).to.deep.equal([16, 17, 18, 19, 20]);
    expect(await node('b').read()).to.have.members([16, 17, 18, 19, 20]);
  });

  it('are stored later if the storage was away, and never fail their caller', async () => {
    const { clock, node, leave } = setUp();
    const a = node('a');
    leave(true);
    a.keep(1);
    await clock.tick(2000);
    expect(await node('b').read()).to.deep.equal([]);
    leave(false);
    a.keep(2);
    await clock.tick(2000);
    expect(await node('c').read()).to.deep.equal([1, 2]);
  });

  it('expire', async () => {
    const { clock, node } = setUp();
    node('a').keep(1);
    await clock.tick(2000);
    expect(await node('b').read()).to.deep.equal([1]);
    await clock.tick(60_000);
    expect(await node('c').read()).to.deep.equal([]);
  });

  it('need no timer while nothing is kept', async () => {
    const { clock, node } = setUp();
    const a = node('a');
    a.keep(1);
    expect(clock.timers()).to.equal(1);
    await clock.tick(2000);
    expect(clock.timers()).to.equal(0);
  });
});
