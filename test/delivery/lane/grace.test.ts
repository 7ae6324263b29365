import { expect } from 'chai';
import { pushTransport } from '../fixtures.ts';
import { Bench } from './bench.ts';

function held(): Bench {
  const bench = new Bench(pushTransport({ grace: 1500 }));
  bench.online = true;
  return bench;
}

describe('Lane grace', () => {
  it('holds a delivery back while the device is connected, until its time is over', async () => {
    const bench = held();
    const now = bench.clock.now();
    bench.enqueue(now);
    await bench.clock.tick(1000);
    bench.enqueue(now + 1000);
    await bench.clock.tick(499);
    expect(bench.transport.mids()).to.deep.equal([]);
    await bench.clock.tick(1);
    expect(bench.transport.mids()).to.deep.equal([String(now)]);
    await bench.clock.tick(1000);
    expect(bench.transport.mids()).to.deep.equal([String(now), String(now + 1000)]);
  });

  it('does not try what was settled in the meantime, wherever it stands', async () => {
    const bench = held();
    const now = bench.clock.now();
    bench.enqueue(now, now + 1, now + 2);
    bench.settle(now + 1, now);
    await bench.clock.tick(10_000);
    expect(bench.transport.mids()).to.deep.equal([String(now + 2)]);
  });

  it('holds the mids of a burst, which run a little ahead of the clock', async () => {
    const bench = held();
    bench.enqueue(bench.clock.now() + 200);
    await bench.clock.tick(1699);
    expect(bench.transport.mids()).to.have.length(0);
    await bench.clock.tick(1);
    expect(bench.transport.mids()).to.have.length(1);
  });

  it('holds nothing for hours when the clock was set back', () => {
    const bench = held();
    bench.enqueue(bench.clock.now() + 3_600_000);
    expect(bench.transport.mids()).to.have.length(1);
  });

  it('tries at once when the device is not connected, or leaves', () => {
    const bench = held();
    bench.enqueue(bench.clock.now());
    bench.online = false;
    bench.lane.pump();
    expect(bench.transport.mids()).to.have.length(1);
    bench.enqueue(bench.clock.now() + 1);
    expect(bench.transport.mids()).to.have.length(2);
  });
});
