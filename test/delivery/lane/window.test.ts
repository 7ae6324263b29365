import { expect } from 'chai';
import { held, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Bench } from './bench.ts';

describe('Lane window', () => {
  it('has as many in flight as the window allows, in order, and moves on with each that is settled', () => {
    const bench = new Bench(new RecordingTransport({ window: 16 }));
    bench.enqueue(...range(1, 40));
    expect(bench.transport.mids()).to.deep.equal(range(1, 16));
    bench.settle(3, 1);
    expect(bench.transport.mids()).to.deep.equal(range(1, 18));
  });

  it('has one in flight with a window of one', () => {
    const bench = new Bench(new RecordingTransport({ window: 1 }));
    bench.enqueue(1, 2, 3);
    expect(bench.transport.mids()).to.deep.equal(['1']);
    bench.settle(1);
    bench.settle(2);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '3']);
  });

  it('has no more bytes in flight than the window allows, but always one message', () => {
    const bench = new Bench(new RecordingTransport({ window: 16, windowBytes: 1000 }));
    bench.lane.enqueue(held(1, 5000));
    bench.lane.enqueue(held(2, 600));
    bench.lane.enqueue(held(3, 400));
    bench.lane.enqueue(held(4, 1));
    expect(bench.transport.mids()).to.deep.equal(['1']);
    bench.settle(1);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '3']);
    bench.settle(3);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '3', '4']);
  });

  it('does not move for a mid that it does not know', () => {
    const bench = new Bench(new RecordingTransport({ window: 1 }));
    bench.enqueue(1, 2);
    for (const mid of ['7', '', '1.0', '__proto__']) bench.lane.release(mid);
    expect(bench.transport.mids()).to.deep.equal(['1']);
  });

  it('drops a settled delivery that still waits', () => {
    const bench = new Bench(new RecordingTransport({ window: 1 }));
    bench.enqueue(1, 2, 3);
    bench.settle(2);
    bench.settle(1);
    expect(bench.transport.mids()).to.deep.equal(['1', '3']);
  });

  it('is freed by what is accepted where nobody acknowledges', () => {
    const bench = new Bench(pushTransport({ window: 1 }));
    bench.enqueue(1, 2, 3);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '3']);
  });

  it('hands device, address and message to the transport', () => {
    const bench = new Bench();
    bench.enqueue(1);
    expect(bench.transport.attempts[0]).to.include({ device: 'phone', mid: '1' });
    expect(bench.transport.attempts[0]?.address).to.deep.equal({ at: 'home' });
  });
});
