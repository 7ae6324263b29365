import { expect } from 'chai';
import { ReadAhead } from '../../../server/delivery/read-ahead.ts';
import { held, idle, openEnd, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Harness, READ_AHEAD } from './harness.ts';

/** Acknowledges all that comes, until nothing comes any more. */
async function drain(harness: Harness): Promise<string[]> {
  const sent: string[] = [];
  for (let fresh = harness.transport.mids(); fresh.length > 0; fresh = harness.transport.mids()) {
    sent.push(...fresh);
    harness.transport.clear();
    harness.settle(...fresh);
    await idle();
  }
  return sent;
}

/** A wait of reads that ends with an error. */
function failingLater(): { gate: Promise<void>; fail(): void } {
  let fail: () => void = () => {};
  const gate = new Promise<void>((_resolve, reject) => {
    fail = () => reject(new Error('disk'));
  });
  return { gate, fail: () => fail() };
}

describe('Lane backlog', () => {
  it('is read page by page, in order, without gaps or repeats', async () => {
    const harness = new Harness(new RecordingTransport(), range(1, 500));
    await idle();
    expect(await drain(harness)).to.deep.equal(range(1, 500));
    expect(harness.loads.every(({ limit }) => limit === READ_AHEAD)).to.equal(true);
  });

  it('holds no more than the read-ahead and the window in memory', async () => {
    const harness = new Harness(new RecordingTransport({ window: 4 }));
    harness.enqueue(...range(1, 1000));
    harness.log.clear();
    expect(await drain(harness)).to.deep.equal(range(1, READ_AHEAD + 4));
  });

  it('holds no more bytes than there is room for, and is sent in order all the same', async () => {
    const readAhead = new ReadAhead(1000);
    const harness = new Harness(new RecordingTransport({ window: 2 }), [], readAhead);
    harness.lane.sleep();
    for (const mid of range(1, 40)) harness.keep(mid, 'ready', 300);
    harness.lane.wake(true);
    await idle();
    expect(readAhead.room).to.equal(100);
    expect(await drain(harness)).to.deep.equal(range(1, 40));
    expect(readAhead.room).to.equal(1000);
  });

  it('goes on one by one where others hold all that there is room for', async () => {
    const readAhead = new ReadAhead(1000);
    readAhead.hold(held(999, 1000));
    const harness = new Harness(new RecordingTransport({ window: 2 }), range(1, 5), readAhead);
    await idle();
    expect(harness.transport.mids()).to.deep.equal(['1']);
    harness.enqueue(6);
    await idle();
    expect(harness.transport.mids()).to.deep.equal(['1']);
    expect(await drain(harness)).to.deep.equal(range(1, 6));
    expect(readAhead.room).to.equal(0);
  });

  it('shares what another lane holds', async () => {
    const readAhead = new ReadAhead(1000);
    const benches = [1, 2, 3].map(() => new Harness(new RecordingTransport({ window: 2 }), [], readAhead));
    for (const harness of benches) {
      harness.lane.sleep();
      for (const mid of range(1, 3)) harness.keep(mid, 'ready', 300);
      harness.lane.wake(true);
    }
    await idle();
    expect(readAhead.room).to.equal(100);
    for (const harness of benches) expect(await drain(harness)).to.deep.equal(range(1, 3));
    expect(readAhead.room).to.equal(1000);
  });

  it('goes on in order with messages that come while it is read', async () => {
    const harness = new Harness(new RecordingTransport(), range(1, 100));
    const open = harness.holdReads();
    harness.enqueue(101, 102);
    await idle();
    harness.enqueue(103);
    open();
    await idle();
    expect(await drain(harness)).to.deep.equal(range(1, 103));
  });

  it('goes on with a message that comes while its last page is read', async () => {
    const harness = new Harness();
    harness.lane.sleep();
    harness.enqueue(1, 2);
    const open = harness.holdReads();
    harness.lane.wake(true);
    harness.enqueue(3);
    open();
    await idle();
    expect(await drain(harness)).to.deep.equal(['1', '2', '3']);
  });

  it('sends a message once that the log showed before it was enqueued', async () => {
    const harness = new Harness(new RecordingTransport(), range(1, 4));
    await idle();
    harness.lane.enqueue(held(4));
    expect(await drain(harness)).to.deep.equal(range(1, 4));
  });

  it('begins anew when the receiver wakes during a read, and drops what that read brings', async () => {
    const harness = new Harness();
    harness.lane.sleep();
    harness.enqueue(...range(1, 100));
    const open = harness.holdReads();
    harness.lane.wake(true);
    harness.lane.sleep();
    harness.gate = Promise.resolve();
    harness.lane.wake(true);
    open();
    await idle();
    expect(await drain(harness)).to.deep.equal(range(1, 100));
  });

  it('is not said to be unreadable by a read that began before the receiver woke', async () => {
    const harness = new Harness(new RecordingTransport(), ['1']);
    const { gate, fail } = failingLater();
    harness.lane.sleep();
    harness.gate = gate;
    harness.lane.wake(true);
    harness.gate = Promise.resolve();
    harness.lane.wake(true);
    fail();
    await idle();
    expect(harness.faults).to.deep.equal([]);
    expect(harness.loads).to.have.length(3);
    expect(await drain(harness)).to.deep.equal(['1']);
  });

  it('does not send what was settled between two wakings, whatever the first read still brings', async () => {
    const harness = new Harness();
    harness.enqueue(1, 2);
    harness.transport.clear();
    const open = harness.holdReads();
    harness.lane.wake(true);
    harness.settle(1);
    harness.lane.wake(true);
    open();
    await idle();
    expect(await drain(harness)).to.deep.equal(['2']);
  });

  it('does not send what was settled while it was read', async () => {
    const harness = new Harness(new RecordingTransport({ window: 2 }));
    harness.enqueue(1, 2, 3, 4);
    const open = harness.holdReads();
    harness.lane.wake(true);
    harness.settle(1, 3);
    open();
    await idle();
    expect(await drain(harness)).to.deep.equal(['1', '2', '2', '4']);
  });

  it('is read again after a rest when it could not be read', async () => {
    const harness = new Harness(new RecordingTransport({ retry: { base: 3000, cap: 60_000 } }));
    harness.lane.sleep();
    harness.enqueue(1, 2);
    harness.gate = Promise.reject(new Error('disk'));
    harness.gate.catch(() => undefined);
    harness.lane.wake(true);
    await idle();
    expect(harness.faults).to.have.length(1);
    harness.gate = Promise.resolve();
    await harness.clock.tick(59_999);
    expect(harness.transport.mids()).to.deep.equal([]);
    await harness.clock.tick(1);
    expect(harness.transport.mids()).to.deep.equal(['1', '2']);
  });

  it('leaves out what was accepted before, where nobody acknowledges', async () => {
    const harness = new Harness(pushTransport({ window: 1 }));
    harness.lane.sleep();
    for (const mid of range(1, 150)) harness.keep(mid, Number(mid) % 10 === 0 ? 'webpush-wait' : 'webpush-ok');
    harness.lane.wake(true);
    await idle();
    expect(harness.transport.mids()).to.deep.equal(range(1, 15).map((ten) => `${ten}0`));
  });

  it('includes what was handed to a push when it is read for acknowledging receivers', async () => {
    const harness = new Harness();
    harness.lane.sleep();
    harness.keep(1, 'webpush-ok-comfirm');
    harness.lane.wake(true);
    await idle();
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });
});

describe('Lane reread', () => {
  it('tries again, after a rest, what was released and is still open', async () => {
    const harness = new Harness();
    harness.enqueue(1, 2, 3);
    harness.settle(2);
    harness.lane.release('1');
    harness.lane.reread();
    harness.transport.clear();
    await harness.clock.tick(2999);
    expect(harness.transport.mids()).to.deep.equal([]);
    await harness.clock.tick(57_001);
    expect(harness.transport.mids()).to.include('1').and.not.include('2');
  });

  it('tries again, after a rest, what was released while the log was read', async () => {
    const harness = new Harness();
    harness.enqueue(1);
    const open = harness.holdReads();
    harness.lane.wake(true);
    harness.lane.release('1');
    harness.transport.clear();
    open();
    await idle();
    expect(harness.transport.mids()).to.deep.equal([]);
    harness.lane.reread();
    await harness.clock.tick(60_000);
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });

  it('does not send what was settled, in flight, while it was read', async () => {
    const harness = new Harness(pushTransport({ window: 3, retry: { base: 1000, cap: 5000 } }));
    harness.transport.answer = () => openEnd().outcome;
    harness.enqueue(1, 2);
    harness.lane.reread();
    const open = harness.holdReads();
    await harness.clock.tick(5000);
    expect(harness.loads).to.have.length(1);
    harness.settle(1);
    open();
    await idle();
    expect(harness.transport.mids()).to.deep.equal(['1', '2']);
  });

  it('is over when the receiver wakes before, since all is read then', async () => {
    const harness = new Harness();
    harness.enqueue(1);
    harness.lane.release('1');
    harness.lane.reread();
    harness.lane.wake(true);
    await idle();
    harness.settle(1);
    harness.enqueue(2);
    harness.settle(2);
    await harness.clock.tick(120_000);
    expect(harness.loads).to.have.length(1);
  });

  it('leaves attempts alone that are in flight', async () => {
    const harness = new Harness(pushTransport({ window: 2, retry: { base: 1000, cap: 5000 } }));
    harness.transport.answer = () => openEnd().outcome;
    harness.enqueue(1, 2);
    harness.lane.release('1');
    harness.lane.reread();
    await harness.clock.tick(5000);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '1']);
    expect(harness.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false, false]);
    harness.settle(1);
    expect(harness.transport.mids()).to.deep.equal(['1', '2', '1']);
  });
});
