import { expect } from 'chai';
import type { Outcome } from '../../../server/delivery/ports.ts';
import { eventually } from '../../support/eventually.ts';
import { openEnd, pushTransport, RecordingTransport } from '../fixtures.ts';
import { Harness } from './harness.ts';

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
    const harness = new Harness(transport);
    harness.enqueue(1, 2, 3);
    expect(transport.mids()).to.deep.equal(['1', '2']);
    const isDrained = follow(harness.lane.drain());
    harness.enqueue(4);
    attempts[0]?.end({ kind: 'accepted' });
    await harness.clock.tick(100);
    expect([isDrained(), transport.mids()]).to.deep.equal([false, ['1', '2']]);
    attempts[1]?.end({ kind: 'retry', reason: 'no' });
    await eventually('it is drained', isDrained);
    await harness.clock.tick(600_000);
    expect(transport.mids()).to.deep.equal(['1', '2']);
    expect(harness.steps).to.include('1 webpush-ok');
  });

  it('is drained at once while nothing is under way', async () => {
    const harness = new Harness(pushTransport());
    await harness.lane.drain();
  });

  it('does not wait for a receiver that acknowledges, and goes on with it', async () => {
    const transport = new RecordingTransport();
    const harness = new Harness(transport);
    harness.enqueue(1);
    await harness.lane.drain();
    harness.enqueue(2);
    expect(transport.mids()).to.deep.equal(['1', '2']);
  });
});
