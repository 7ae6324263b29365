import { expect } from 'chai';
import { held, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Harness } from './harness.ts';

describe('Lane window', () => {
  it('has as many in flight as the window allows, in order, and moves on with each that is settled', () => {
    const harness = new Harness(new RecordingTransport({ window: 16 }));
    harness.enqueue(...range(1, 40));
    expect(harness.transport.mids()).to.deep.equal(range(1, 16));
    harness.settle(3, 1);
    expect(harness.transport.mids()).to.deep.equal(range(1, 18));
  });

  it('has one in flight with a window of one', () => {
    const harness = new Harness(new RecordingTransport({ window: 1 }));
    harness.enqueue(1, 2, 3);
    expect(harness.transport.mids()).to.deep.equal(['1']);
    harness.settle(1);
    harness.settle(2);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '3']);
  });

  it('has no more bytes in flight than the window allows, but always one message', () => {
    const harness = new Harness(new RecordingTransport({ window: 16, windowBytes: 1000 }));
    harness.lane.enqueue(held(1, 5000));
    harness.lane.enqueue(held(2, 600));
    harness.lane.enqueue(held(3, 400));
    harness.lane.enqueue(held(4, 1));
    expect(harness.transport.mids()).to.deep.equal(['1']);
    harness.settle(1);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '3']);
    harness.settle(3);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '3', '4']);
  });

  it('does not move for a mid that it does not know', () => {
    const harness = new Harness(new RecordingTransport({ window: 1 }));
    harness.enqueue(1, 2);
    for (const mid of ['7', '', '1.0', '__proto__']) harness.lane.release(mid);
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });

  it('drops a settled delivery that still waits', () => {
    const harness = new Harness(new RecordingTransport({ window: 1 }));
    harness.enqueue(1, 2, 3);
    harness.settle(2);
    harness.settle(1);
    expect(harness.transport.mids()).to.deep.equal(['1', '3']);
  });

  it('is freed by what is accepted where nobody acknowledges', () => {
    const harness = new Harness(pushTransport({ window: 1 }));
    harness.enqueue(1, 2, 3);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '3']);
  });

  it('hands device, address and message to the transport', () => {
    const harness = new Harness();
    harness.enqueue(1);
    expect(harness.transport.attempts[0]).to.include({ device: 'phone', mid: '1' });
    expect(harness.transport.attempts[0]?.address).to.deep.equal({ at: 'home' });
  });
});
