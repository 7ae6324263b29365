import { expect } from 'chai';
import { idle, openEnd, pushTransport, RecordingTransport } from '../fixtures.ts';
import { Harness } from './harness.ts';

describe('Lane repeats', () => {
  it('sends what is not acknowledged again, three times at the base, then at doubled waits up to the cap', async () => {
    const harness = new Harness(new RecordingTransport({ retry: { base: 3000, cap: 20_000 } }));
    const start = harness.clock.now();
    const at: number[] = [];
    harness.transport.answer = () => {
      at.push(harness.clock.now() - start);
      return { kind: 'accepted' };
    };
    harness.enqueue(1);
    await harness.clock.tick(90_000);
    expect(at).to.deep.equal([0, 3000, 6000, 9000, 15_000, 27_000, 47_000, 67_000, 87_000]);
    expect(new Set(harness.transport.mids())).to.deep.equal(new Set(['1']));
  });

  it('ends with the acknowledgement', async () => {
    const harness = new Harness();
    harness.enqueue(1, 2);
    harness.settle(1);
    await harness.clock.tick(3000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '2']);
  });

  it('does not repeat what is settled by the repeat before it', async () => {
    const harness = new Harness();
    harness.enqueue(1, 2);
    harness.transport.answer = () => {
      harness.settle(2);
      return { kind: 'accepted' };
    };
    await harness.clock.tick(3000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '1']);
  });

  it('counts each delivery on its own', async () => {
    const harness = new Harness();
    harness.enqueue(1);
    await harness.clock.tick(2000);
    harness.enqueue(2);
    await harness.clock.tick(1000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '1']);
    await harness.clock.tick(2000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '1', '2']);
  });

  it('never has two attempts of one delivery at once', async () => {
    const harness = new Harness(pushTransport({ window: 1, retry: { base: 200, cap: 1000 } }));
    const slow = openEnd();
    harness.transport.answer = () => slow.outcome;
    harness.enqueue(1);
    await harness.clock.tick(60_000);
    expect(harness.transport.mids()).to.deep.equal(['1']);
    slow.end({ kind: 'retry', reason: 'busy' });
    await harness.clock.tick(199);
    expect(harness.transport.mids()).to.deep.equal(['1']);
    await harness.clock.tick(1);
    expect(harness.transport.mids()).to.deep.equal(['1', '1']);
  });

  it('rests as long as the receiver asked for, when that is longer', async () => {
    const harness = new Harness(pushTransport({ retry: { base: 1000, cap: 60_000 } }));
    harness.transport.answer = () => ({ kind: 'retry', reason: '429', after: 30_000 });
    harness.enqueue(1);
    await harness.clock.tick(29_999);
    expect(harness.transport.mids()).to.have.length(1);
    await harness.clock.tick(1);
    expect(harness.transport.mids()).to.have.length(2);
  });

  it('rests as long as it would anyway, when the receiver asked for less', async () => {
    const harness = new Harness(pushTransport({ retry: { base: 1000, cap: 60_000 } }));
    harness.transport.answer = () => ({ kind: 'retry', reason: '503', after: 5 });
    harness.enqueue(1);
    await harness.clock.tick(999);
    expect(harness.transport.mids()).to.have.length(1);
    await harness.clock.tick(1);
    expect(harness.transport.mids()).to.have.length(2);
  });

  for (const [how, answer] of [
    [
      'throws',
      () => {
        throw new Error('bug');
      },
    ],
    ['rejects', () => Promise.reject(new Error('bug'))],
  ] as const) {
    it(`tries again and logs when the transport ${how}, and goes on with the rest`, async () => {
      const harness = new Harness();
      harness.transport.answer = ({ mid }) => (mid === '1' ? answer() : { kind: 'accepted' });
      harness.enqueue(1, 2);
      await idle();
      expect(harness.transport.mids()).to.deep.equal(['1', '2']);
      expect(harness.faults).to.have.length(1);
      harness.settle(2);
      harness.transport.answer = () => ({ kind: 'accepted' });
      await harness.clock.tick(3000);
      expect(harness.transport.mids()).to.deep.equal(['1', '2', '1']);
      expect(harness.steps).to.include('1 wait');
    });
  }
});
