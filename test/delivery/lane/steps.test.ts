import { expect } from 'chai';
import { openEnd, pushTransport } from '../fixtures.ts';
import { Harness } from './harness.ts';

describe('Lane steps', () => {
  it('tells the statuses that the transport names', async () => {
    const harness = new Harness(pushTransport({ statuses: { attempting: 'webpush-wait', accepted: 'webpush-ok' } }));
    harness.enqueue(1);
    expect(harness.steps).to.deep.equal(['1 webpush-wait', '1 webpush-ok']);
  });

  it('tells of a failed attempt where the transport has a word for it, and of a confirmed one', async () => {
    const harness = new Harness(pushTransport({ name: 'webhook', statuses: { retrying: 'wait' } }));
    harness.transport.answer = () => ({ kind: 'retry', reason: '500' });
    harness.enqueue(1);
    harness.transport.answer = () => ({ kind: 'confirmed' });
    await harness.clock.tick(10_000);
    expect(harness.steps).to.deep.equal(['1 wait', '1 confirmed']);
  });

  it('gives a refused delivery up and goes on with the next', async () => {
    const harness = new Harness(pushTransport({ window: 1, statuses: {} }));
    harness.transport.answer = ({ mid }) =>
      mid === '1' ? { kind: 'refused', reason: 'too large' } : { kind: 'accepted' };
    harness.enqueue(1, 2);
    await harness.clock.tick(3_600_000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2']);
    expect(harness.steps).to.deep.equal(['1 refused: too large']);
  });

  it('tells that the address is dead, and tries nothing more there', async () => {
    const harness = new Harness(pushTransport({ window: 1, statuses: {} }));
    harness.transport.answer = () => ({ kind: 'gone', reason: '410' });
    harness.enqueue(1, 2);
    await harness.clock.tick(3_600_000);
    expect(harness.transport.mids()).to.deep.equal(['1']);
    expect(harness.steps).to.deep.equal(['gone: 410']);
  });

  it('ignores what an attempt ends with after the acknowledgement came', async () => {
    const harness = new Harness();
    const slow = openEnd();
    harness.transport.answer = () => slow.outcome;
    harness.enqueue(1);
    harness.settle(1);
    slow.end({ kind: 'accepted' });
    await harness.clock.tick(60_000);
    expect(harness.steps).to.deep.equal([]);
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });

  it('aborts the attempt of a delivery that was settled elsewhere, and no other', () => {
    const harness = new Harness(pushTransport({ window: 2 }));
    harness.transport.answer = () => openEnd().outcome;
    harness.enqueue(1, 2);
    harness.settle(1);
    expect(harness.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false]);
  });
});
