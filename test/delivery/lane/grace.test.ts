import { expect } from 'chai';
import { pushTransport } from '../fixtures.ts';
import { Harness } from './harness.ts';

function held(): Harness {
  const harness = new Harness(pushTransport({ grace: 1500 }));
  harness.online = true;
  return harness;
}

describe('Lane grace', () => {
  it('holds a delivery back while the device is connected, until its time is over', async () => {
    const harness = held();
    const now = harness.clock.now();
    harness.enqueue(now);
    await harness.clock.tick(1000);
    harness.enqueue(now + 1000);
    await harness.clock.tick(499);
    expect(harness.transport.mids()).to.deep.equal([]);
    await harness.clock.tick(1);
    expect(harness.transport.mids()).to.deep.equal([String(now)]);
    await harness.clock.tick(1000);
    expect(harness.transport.mids()).to.deep.equal([String(now), String(now + 1000)]);
  });

  it('does not try what was settled in the meantime, wherever it stands', async () => {
    const harness = held();
    const now = harness.clock.now();
    harness.enqueue(now, now + 1, now + 2);
    harness.settle(now + 1, now);
    await harness.clock.tick(10_000);
    expect(harness.transport.mids()).to.deep.equal([String(now + 2)]);
  });

  it('holds the mids of a burst, which run a little ahead of the clock', async () => {
    const harness = held();
    harness.enqueue(harness.clock.now() + 200);
    await harness.clock.tick(1699);
    expect(harness.transport.mids()).to.have.length(0);
    await harness.clock.tick(1);
    expect(harness.transport.mids()).to.have.length(1);
  });

  it('holds nothing for hours when the clock was set back', () => {
    const harness = held();
    harness.enqueue(harness.clock.now() + 3_600_000);
    expect(harness.transport.mids()).to.have.length(1);
  });

  it('tries at once when the device is not connected, or leaves', () => {
    const harness = held();
    harness.enqueue(harness.clock.now());
    harness.online = false;
    harness.lane.pump();
    expect(harness.transport.mids()).to.have.length(1);
    harness.enqueue(harness.clock.now() + 1);
    expect(harness.transport.mids()).to.have.length(2);
  });
});
