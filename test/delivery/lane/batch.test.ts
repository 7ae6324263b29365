import { expect } from 'chai';
import { BatchTransport, held, idle, range } from '../fixtures.ts';
import { Harness } from './harness.ts';

describe('Lane on a transport that takes several messages at once', () => {
  it('refills the window once for acknowledgements that come together', async () => {
    const transport = new BatchTransport({ window: 4 });
    const harness = new Harness(transport);
    harness.enqueue(...range(1, 10));
    transport.clear();
    harness.settle(1, 2, 3);
    expect(transport.batches).to.deep.equal([]);
    await idle();
    expect(transport.batches).to.deep.equal([range(5, 7)]);
    harness.settle(4);
    await idle();
    expect(transport.batches).to.deep.equal([range(5, 7), ['8']]);
  });

  it('sends a message in the same turn while nothing waits', () => {
    const transport = new BatchTransport({ window: 4 });
    const harness = new Harness(transport);
    harness.enqueue(1);
    harness.settle(1);
    harness.enqueue(2);
    expect(transport.mids()).to.deep.equal(['1', '2']);
    expect(transport.batches).to.deep.equal([]);
  });

  it('keeps the order when a message comes in the turn of the acknowledgements', async () => {
    const transport = new BatchTransport({ window: 2 });
    const harness = new Harness(transport);
    harness.enqueue(1, 2, 3);
    harness.settle(1, 2);
    harness.enqueue(4, 5);
    await idle();
    expect(transport.mids()).to.deep.equal(range(1, 4));
    harness.settle(3, 4);
    await idle();
    expect(transport.mids()).to.deep.equal(range(1, 5));
  });

  it('sends a page of the log in one batch, as far as the window allows', async () => {
    const transport = new BatchTransport({ window: 16 });
    new Harness(transport, range(1, 40));
    await idle();
    expect(transport.batches).to.deep.equal([range(1, 16)]);
  });

  it('has no more bytes in a batch than the window allows', async () => {
    const transport = new BatchTransport({ window: 16, windowBytes: 1000 });
    const harness = new Harness(transport);
    harness.lane.enqueue(held(1, 5000));
    for (const mid of [2, 3, 4]) harness.lane.enqueue(held(mid, 400));
    harness.settle(1);
    await idle();
    expect(transport.batches).to.deep.equal([['2', '3']]);
  });

  it('sends everything again after a batch that found no receiver', async () => {
    const transport = new BatchTransport({ window: 4 });
    const harness = new Harness(transport, range(1, 6));
    transport.answerAll = () => ({ kind: 'offline' });
    await idle();
    expect(harness.steps).to.deep.equal(['slept']);
    transport.clear();
    transport.answerAll = () => ({ kind: 'accepted' });
    harness.lane.wake(true);
    await idle();
    expect(transport.batches).to.deep.equal([range(1, 4)]);
  });

  it('tries each message again after a batch that failed', async () => {
    const transport = new BatchTransport({ window: 4 });
    const harness = new Harness(transport, range(1, 3));
    transport.answerAll = () => {
      throw new Error('a bug');
    };
    await idle();
    expect(harness.faults).to.have.length(1);
    transport.clear();
    await harness.clock.tick(3000);
    expect(transport.mids()).to.deep.equal(range(1, 3));
  });

  it('tries each message of a batch again that is not acknowledged', async () => {
    const transport = new BatchTransport({ window: 4 });
    const harness = new Harness(transport, range(1, 3));
    await idle();
    transport.clear();
    harness.settle(2);
    await harness.clock.tick(3000);
    expect(transport.mids()).to.deep.equal(['1', '3']);
  });

  it('sends nothing after it was closed, or while the receiver is away', async () => {
    for (const end of ['close', 'sleep'] as const) {
      const transport = new BatchTransport({ window: 1 });
      const harness = new Harness(transport);
      harness.enqueue(1, 2);
      harness.settle(1);
      harness.lane[end]();
      await idle();
      expect(transport.mids()).to.deep.equal(['1']);
    }
  });
});
