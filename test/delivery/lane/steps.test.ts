import { expect } from 'chai';
import { openEnd, pushTransport } from '../fixtures.ts';
import { Bench } from './bench.ts';

describe('Lane steps', () => {
  it('tells the statuses that the transport names', async () => {
    const bench = new Bench(pushTransport({ statuses: { attempting: 'webpush-wait', accepted: 'webpush-ok' } }));
    bench.enqueue(1);
    expect(bench.steps).to.deep.equal(['1 webpush-wait', '1 webpush-ok']);
  });

  it('tells of a failed attempt where the transport has a word for it, and of a confirmed one', async () => {
    const bench = new Bench(pushTransport({ name: 'webhook', statuses: { retrying: 'wait' } }));
    bench.transport.answer = () => ({ kind: 'retry', reason: '500' });
    bench.enqueue(1);
    bench.transport.answer = () => ({ kind: 'confirmed' });
    await bench.clock.tick(10_000);
    expect(bench.steps).to.deep.equal(['1 wait', '1 confirmed']);
  });

  it('gives a refused delivery up and goes on with the next', async () => {
    const bench = new Bench(pushTransport({ window: 1, statuses: {} }));
    bench.transport.answer = ({ mid }) =>
      mid === '1' ? { kind: 'refused', reason: 'too large' } : { kind: 'accepted' };
    bench.enqueue(1, 2);
    await bench.clock.tick(3_600_000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2']);
    expect(bench.steps).to.deep.equal(['1 refused: too large']);
  });

  it('tells that the address is dead, and tries nothing more there', async () => {
    const bench = new Bench(pushTransport({ window: 1, statuses: {} }));
    bench.transport.answer = () => ({ kind: 'gone', reason: '410' });
    bench.enqueue(1, 2);
    await bench.clock.tick(3_600_000);
    expect(bench.transport.mids()).to.deep.equal(['1']);
    expect(bench.steps).to.deep.equal(['gone: 410']);
  });

  it('ignores what an attempt ends with after the acknowledgement came', async () => {
    const bench = new Bench();
    const slow = openEnd();
    bench.transport.answer = () => slow.outcome;
    bench.enqueue(1);
    bench.settle(1);
    slow.end({ kind: 'accepted' });
    await bench.clock.tick(60_000);
    expect(bench.steps).to.deep.equal([]);
    expect(bench.transport.mids()).to.deep.equal(['1']);
  });

  it('aborts the attempt of a delivery that was settled elsewhere, and no other', () => {
    const bench = new Bench(pushTransport({ window: 2 }));
    bench.transport.answer = () => openEnd().outcome;
    bench.enqueue(1, 2);
    bench.settle(1);
    expect(bench.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
  });
});
