import { expect } from 'chai';
import type { Outcome } from '../../../server/delivery/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { openEnd, pushTransport, RecordingTransport } from '../fixtures.ts';
import { Bench } from './bench.ts';

/** Whether a promise has resolved. */
function follow(promise: Promise<void>): () => boolean {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  return () => done;
}

describe('a lane that drains', () => {
  it('starts nothing, and waits for what is under way', async () => {
    const transport = pushTransport({ window: 2 });
    const attempts = [openEnd(), openEnd()];
    const open = [...attempts];
    transport.answer = () => open.shift()?.outcome ?? ({ kind: 'accepted' } satisfies Outcome);
    const bench = new Bench(transport);
    bench.enqueue(1, 2, 3);
    expect(transport.mids()).to.deep.equal(['1', '2']);
    const isDrained = follow(bench.lane.drain());
    bench.enqueue(4);
    attempts[0]?.end({ kind: 'accepted' });
    await bench.clock.tick(100);
    expect([isDrained(), transport.mids()]).to.deep.equal([false, ['1', '2']]);
    attempts[1]?.end({ kind: 'retry', reason: 'no' });
    await eventually('it is drained', isDrained);
    await bench.clock.tick(600_000);
    expect(transport.mids()).to.deep.equal(['1', '2']);
    expect(bench.steps).to.include('1 webpush-ok');
  });

  it('is drained at once while nothing is under way', async () => {
    const bench = new Bench(pushTransport());
    await bench.lane.drain();
  });

  it('does not wait for a receiver that acknowledges, and goes on with it', async () => {
    const transport = new RecordingTransport();
    const bench = new Bench(transport);
    bench.enqueue(1);
    await bench.lane.drain();
    bench.enqueue(2);
    expect(transport.mids()).to.deep.equal(['1', '2']);
  });
});
