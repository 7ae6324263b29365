import { expect } from 'chai';
import { boundYoungGeneration } from '../../server/base/young-generation.ts';
import { fakeClock } from '../support/clock.ts';

const MIB = 2 ** 20;

describe('boundYoungGeneration', () => {
  function world(size: number) {
    const clock = fakeClock();
    const heap = { bytes: size * MIB, stops: 0 };
    const end = boundYoungGeneration(clock, {
      size: () => heap.bytes,
      stopGrowth: () => {
        heap.stops++;
      },
    });
    return { clock, heap, end };
  }

  it('stops the growth at once if the young generation is large enough', () => {
    expect(world(8).heap.stops).to.equal(1);
  });

  it('lets a small one grow first, and stops it once', async () => {
    const { clock, heap } = world(2);
    await clock.tick(5000);
    expect(heap.stops).to.equal(0);
    heap.bytes = 8 * MIB;
    await clock.tick(5000);
    expect(heap.stops).to.equal(1);
  });

  it('looks no more after its end', async () => {
    const { clock, heap, end } = world(2);
    end();
    heap.bytes = 8 * MIB;
    await clock.tick(5000);
    expect(heap.stops).to.equal(0);
  });
});
