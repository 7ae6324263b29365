import { expect } from 'chai';
import { idle, openEnd, pushTransport, RecordingTransport } from '../fixtures.ts';
import { Bench } from './bench.ts';

describe('Lane repeats', () => {
  it('sends what is not acknowledged again, three times at the base, then at doubled waits up to the cap', async () => {
    const bench = new Bench(new RecordingTransport({ retry: { base: 3000, cap: 20_000 } }));
    const start = bench.clock.now();
    const at: number[] = [];
    bench.transport.answer = () => {
      at.push(bench.clock.now() - start);
      return { kind: 'accepted' };
    };
    bench.enqueue(1);
    await bench.clock.tick(90_000);
    expect(at).to.deep.equal([0, 3000, 6000, 9000, 15_000, 27_000, 47_000, 67_000, 87_000]);
    expect(new Set(bench.transport.mids())).to.deep.equal(new Set(['1']));
  });

  it('ends with the acknowledgement', async () => {
    const bench = new Bench();
    bench.enqueue(1, 2);
    bench.settle(1);
    await bench.clock.tick(3000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '2']);
  });

  it('does not repeat what is settled by the repeat before it', async () => {
    const bench = new Bench();
    bench.enqueue(1, 2);
    bench.transport.answer = () => {
      bench.settle(2);
      return { kind: 'accepted' };
    };
    await bench.clock.tick(3000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
  });

  it('counts each delivery on its own', async () => {
    const bench = new Bench();
    bench.enqueue(1);
    await bench.clock.tick(2000);
    bench.enqueue(2);
    await bench.clock.tick(1000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
    await bench.clock.tick(2000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '1', '2']);
  });

  it('never has two attempts of one delivery at once', async () => {
    const bench = new Bench(pushTransport({ window: 1, retry: { base: 200, cap: 1000 } }));
    const slow = openEnd();
    bench.transport.answer = () => slow.outcome;
    bench.enqueue(1);
    await bench.clock.tick(60_000);
    expect(bench.transport.mids()).to.deep.equal(['1']);
    slow.end({ kind: 'retry', reason: 'busy' });
    await bench.clock.tick(199);
    expect(bench.transport.mids()).to.deep.equal(['1']);
    await bench.clock.tick(1);
    expect(bench.transport.mids()).to.deep.equal(['1', '1']);
  });

  it('rests as long as the receiver asked for, when that is longer', async () => {
    const bench = new Bench(pushTransport({ retry: { base: 1000, cap: 60_000 } }));
    bench.transport.answer = () => ({ kind: 'retry', reason: '429', after: 30_000 });
    bench.enqueue(1);
    await bench.clock.tick(29_999);
    expect(bench.transport.mids()).to.have.length(1);
    await bench.clock.tick(1);
    expect(bench.transport.mids()).to.have.length(2);
  });

  it('rests as long as it would anyway, when the receiver asked for less', async () => {
    const bench = new Bench(pushTransport({ retry: { base: 1000, cap: 60_000 } }));
    bench.transport.answer = () => ({ kind: 'retry', reason: '503', after: 5 });
    bench.enqueue(1);
    await bench.clock.tick(999);
    expect(bench.transport.mids()).to.have.length(1);
    await bench.clock.tick(1);
    expect(bench.transport.mids()).to.have.length(2);
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
      const bench = new Bench();
      bench.transport.answer = ({ mid }) => (mid === '1' ? answer() : { kind: 'accepted' });
      bench.enqueue(1, 2);
      await idle();
      expect(bench.transport.mids()).to.deep.equal(['1', '2']);
      expect(bench.faults).to.have.length(1);
      bench.settle(2);
      bench.transport.answer = () => ({ kind: 'accepted' });
      await bench.clock.tick(3000);
      expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
      expect(bench.steps).to.include('1 wait');
    });
  }
});
