import { expect } from 'chai';
import { ReadAhead } from '../../../server/delivery/read-ahead.ts';
import { held, idle, openEnd, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Bench, READ_AHEAD } from './bench.ts';

/** Acknowledges all that comes, until nothing comes any more. */
async function drain(bench: Bench): Promise<string[]> {
  const sent: string[] = [];
  for (let fresh = bench.transport.mids(); fresh.length > 0; fresh = bench.transport.mids()) {
    sent.push(...fresh);
    bench.transport.clear();
    bench.settle(...fresh);
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
    const bench = new Bench(new RecordingTransport(), range(1, 500));
    await idle();
    expect(await drain(bench)).to.deep.equal(range(1, 500));
    expect(bench.loads.every(({ limit }) => limit === READ_AHEAD)).to.equal(true);
  });

  it('holds no more than the read-ahead and the window in memory', async () => {
    const bench = new Bench(new RecordingTransport({ window: 4 }));
    bench.enqueue(...range(1, 1000));
    bench.log.clear();
    expect(await drain(bench)).to.deep.equal(range(1, READ_AHEAD + 4));
  });

  it('holds no more bytes than there is room for, and is sent in order all the same', async () => {
    const readAhead = new ReadAhead(1000);
    const bench = new Bench(new RecordingTransport({ window: 2 }), [], readAhead);
    bench.lane.sleep();
    for (const mid of range(1, 40)) bench.keep(mid, 'ready', 300);
    bench.lane.wake(true);
    await idle();
    expect(readAhead.room).to.equal(100);
    expect(await drain(bench)).to.deep.equal(range(1, 40));
    expect(readAhead.room).to.equal(1000);
  });

  it('goes on one by one where others hold all that there is room for', async () => {
    const readAhead = new ReadAhead(1000);
    readAhead.hold(held(999, 1000));
    const bench = new Bench(new RecordingTransport({ window: 2 }), range(1, 5), readAhead);
    await idle();
    expect(bench.transport.mids()).to.deep.equal(['1']);
    bench.enqueue(6);
    await idle();
    expect(bench.transport.mids()).to.deep.equal(['1']);
    expect(await drain(bench)).to.deep.equal(range(1, 6));
    expect(readAhead.room).to.equal(0);
  });

  it('shares what another lane holds', async () => {
    const readAhead = new ReadAhead(1000);
    const benches = [1, 2, 3].map(() => new Bench(new RecordingTransport({ window: 2 }), [], readAhead));
    for (const bench of benches) {
      bench.lane.sleep();
      for (const mid of range(1, 3)) bench.keep(mid, 'ready', 300);
      bench.lane.wake(true);
    }
    await idle();
    expect(readAhead.room).to.equal(100);
    for (const bench of benches) expect(await drain(bench)).to.deep.equal(range(1, 3));
    expect(readAhead.room).to.equal(1000);
  });

  it('goes on in order with messages that come while it is read', async () => {
    const bench = new Bench(new RecordingTransport(), range(1, 100));
    const open = bench.holdReads();
    bench.enqueue(101, 102);
    await idle();
    bench.enqueue(103);
    open();
    await idle();
    expect(await drain(bench)).to.deep.equal(range(1, 103));
  });

  it('goes on with a message that comes while its last page is read', async () => {
    const bench = new Bench();
    bench.lane.sleep();
    bench.enqueue(1, 2);
    const open = bench.holdReads();
    bench.lane.wake(true);
    bench.enqueue(3);
    open();
    await idle();
    expect(await drain(bench)).to.deep.equal(['1', '2', '3']);
  });

  it('sends a message once that the log showed before it was enqueued', async () => {
    const bench = new Bench(new RecordingTransport(), range(1, 4));
    await idle();
    bench.lane.enqueue(held(4));
    expect(await drain(bench)).to.deep.equal(range(1, 4));
  });

  it('begins anew when the receiver wakes during a read, and drops what that read brings', async () => {
    const bench = new Bench();
    bench.lane.sleep();
    bench.enqueue(...range(1, 100));
    const open = bench.holdReads();
    bench.lane.wake(true);
    bench.lane.sleep();
    bench.gate = Promise.resolve();
    bench.lane.wake(true);
    open();
    await idle();
    expect(await drain(bench)).to.deep.equal(range(1, 100));
  });

  it('is not said to be unreadable by a read that began before the receiver woke', async () => {
    const bench = new Bench(new RecordingTransport(), ['1']);
    const { gate, fail } = failingLater();
    bench.lane.sleep();
    bench.gate = gate;
    bench.lane.wake(true);
    bench.gate = Promise.resolve();
    bench.lane.wake(true);
    fail();
    await idle();
    expect(bench.faults).to.deep.equal([]);
    expect(bench.loads).to.have.length(3);
    expect(await drain(bench)).to.deep.equal(['1']);
  });

  it('does not send what was settled between two wakings, whatever the first read still brings', async () => {
    const bench = new Bench();
    bench.enqueue(1, 2);
    bench.transport.clear();
    const open = bench.holdReads();
    bench.lane.wake(true);
    bench.settle(1);
    bench.lane.wake(true);
    open();
    await idle();
    expect(await drain(bench)).to.deep.equal(['2']);
  });

  it('does not send what was settled while it was read', async () => {
    const bench = new Bench(new RecordingTransport({ window: 2 }));
    bench.enqueue(1, 2, 3, 4);
    const open = bench.holdReads();
    bench.lane.wake(true);
    bench.settle(1, 3);
    open();
    await idle();
    expect(await drain(bench)).to.deep.equal(['1', '2', '2', '4']);
  });

  it('is read again after a rest when it could not be read', async () => {
    const bench = new Bench(new RecordingTransport({ retry: { base: 3000, cap: 60_000 } }));
    bench.lane.sleep();
    bench.enqueue(1, 2);
    bench.gate = Promise.reject(new Error('disk'));
    bench.gate.catch(() => undefined);
    bench.lane.wake(true);
    await idle();
    expect(bench.faults).to.have.length(1);
    bench.gate = Promise.resolve();
    await bench.clock.tick(59_999);
    expect(bench.transport.mids()).to.deep.equal([]);
    await bench.clock.tick(1);
    expect(bench.transport.mids()).to.deep.equal(['1', '2']);
  });

  it('leaves out what was accepted before, where nobody acknowledges', async () => {
    const bench = new Bench(pushTransport({ window: 1 }));
    bench.lane.sleep();
    for (const mid of range(1, 150)) bench.keep(mid, Number(mid) % 10 === 0 ? 'webpush-wait' : 'webpush-ok');
    bench.lane.wake(true);
    await idle();
    expect(bench.transport.mids()).to.deep.equal(range(1, 15).map((ten) => `${ten}0`));
  });

  it('includes what was handed to a push when it is read for acknowledging receivers', async () => {
    const bench = new Bench();
    bench.lane.sleep();
    bench.keep(1, 'webpush-ok-comfirm');
    bench.lane.wake(true);
    await idle();
    expect(bench.transport.mids()).to.deep.equal(['1']);
  });
});

describe('Lane reread', () => {
  it('tries again, after a rest, what was released and is still open', async () => {
    const bench = new Bench();
    bench.enqueue(1, 2, 3);
    bench.settle(2);
    bench.lane.release('1');
    bench.lane.reread();
    bench.transport.clear();
    await bench.clock.tick(2999);
    expect(bench.transport.mids()).to.deep.equal([]);
    await bench.clock.tick(57_001);
    expect(bench.transport.mids()).to.include('1').and.not.include('2');
  });

  it('tries again, after a rest, what was released while the log was read', async () => {
    const bench = new Bench();
    bench.enqueue(1);
    const open = bench.holdReads();
    bench.lane.wake(true);
    bench.lane.release('1');
    bench.transport.clear();
    open();
    await idle();
    expect(bench.transport.mids()).to.deep.equal([]);
    bench.lane.reread();
    await bench.clock.tick(60_000);
    expect(bench.transport.mids()).to.deep.equal(['1']);
  });

  it('does not send what was settled, in flight, while it was read', async () => {
    const bench = new Bench(pushTransport({ window: 3, retry: { base: 1000, cap: 5000 } }));
    bench.transport.answer = () => openEnd().outcome;
    bench.enqueue(1, 2);
    bench.lane.reread();
    const open = bench.holdReads();
    await bench.clock.tick(5000);
    expect(bench.loads).to.have.length(1);
    bench.settle(1);
    open();
    await idle();
    expect(bench.transport.mids()).to.deep.equal(['1', '2']);
  });

  it('is over when the receiver wakes before, since all is read then', async () => {
    const bench = new Bench();
    bench.enqueue(1);
    bench.lane.release('1');
    bench.lane.reread();
    bench.lane.wake(true);
    await idle();
    bench.settle(1);
    bench.enqueue(2);
    bench.settle(2);
    await bench.clock.tick(120_000);
    expect(bench.loads).to.have.length(1);
  });

  it('leaves attempts alone that are in flight', async () => {
    const bench = new Bench(pushTransport({ window: 2, retry: { base: 1000, cap: 5000 } }));
    bench.transport.answer = () => openEnd().outcome;
    bench.enqueue(1, 2);
    bench.lane.release('1');
    bench.lane.reread();
    await bench.clock.tick(5000);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
    expect(bench.transport.attempts.map(({ signal }) => signal.aborted)).to.deep.equal([true, false, false]);
    bench.settle(1);
    expect(bench.transport.mids()).to.deep.equal(['1', '2', '1']);
  });
});
