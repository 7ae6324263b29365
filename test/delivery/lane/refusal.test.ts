import { expect } from 'chai';
import type { Outcome } from '../../../server/delivery/ports.ts';
import { idle, openEnd, pushTransport, RecordingTransport, range } from '../fixtures.ts';
import { Harness } from './harness.ts';

const retry = { base: 3000, cap: 600_000 };
const webhook = (window = 1) =>
  new RecordingTransport({
    name: 'webhook',
    window,
    retry,
    awaitsAcknowledgement: false,
    statuses: { retrying: 'wait' },
  });
const REFUSAL: Outcome = { kind: 'retry', reason: '413' };
const TAKEN: Outcome = { kind: 'confirmed' };

/** A lane whose receiver refuses the messages for which the function says so. It notes what was taken, with the time in s. */
function refusing(transport: RecordingTransport, refuses: (mid: number) => boolean) {
  const harness = new Harness(transport);
  const start = harness.clock.now();
  const taken: string[] = [];
  transport.answer = ({ mid }) => {
    if (refuses(Number(mid))) return REFUSAL;
    taken.push(`${mid} at ${(harness.clock.now() - start) / 1000}`);
    return TAKEN;
  };
  return { harness, taken };
}

/** Lets so many seconds pass, one by one, so that what was read is tried in time. */
async function seconds(harness: Harness, count: number): Promise<void> {
  for (let passed = 0; passed < count; passed += 1) {
    await harness.clock.tick(1000);
    await idle();
  }
}

describe('Lane with a receiver that refuses', () => {
  it('lets the next one pass after the first tries of one that is refused', async () => {
    const { harness, taken } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2, 3);
    await seconds(harness, 8);
    expect(taken).to.deep.equal(['2 at 6', '3 at 6']);
    expect(harness.transport.mids()).to.deep.equal(['1', '1', '1', '2', '3']);
  });

  it('goes on trying what is refused, ever more rarely, without holding up what comes', async () => {
    const { harness, taken } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 120);
    const tries = harness.transport.mids().filter((mid) => mid === '1').length;
    expect(tries).to.be.within(6, 9);
    harness.enqueue(3);
    expect(taken.at(-1)).to.equal('3 at 120');
    harness.transport.answer = () => TAKEN;
    await seconds(harness, 120);
    expect(harness.log.size).to.equal(0);
  });

  it('gets past many that are refused in a row', async () => {
    const { harness, taken } = refusing(webhook(), (mid) => mid < 17);
    harness.enqueue(...range(1, 17));
    await seconds(harness, 120);
    expect(taken).to.have.length(1);
    harness.enqueue(18);
    await seconds(harness, 10);
    expect(taken).to.have.length(2);
  });

  it('keeps the order when a receiver comes back that took nothing', async () => {
    let away = true;
    const { harness, taken } = refusing(webhook(), () => away);
    harness.enqueue(...range(1, 40));
    await seconds(harness, 300);
    away = false;
    await seconds(harness, 300);
    expect(taken.map((one) => one.split(' ')[0])).to.deep.equal(range(1, 40));
  });

  it('makes fewer and fewer requests to a receiver that takes nothing', async () => {
    const { harness } = refusing(webhook(), () => true);
    harness.enqueue(...range(1, 1000));
    await seconds(harness, 600);
    const early = harness.transport.mids().length;
    harness.transport.clear();
    await seconds(harness, 600);
    expect(early).to.be.below(250);
    expect(harness.transport.mids().length).to.be.below(150);
  });

  it('tries a single message at the times that it always had', async () => {
    const harness = new Harness(webhook());
    const start = harness.clock.now();
    const at: number[] = [];
    harness.transport.answer = () => {
      at.push((harness.clock.now() - start) / 1000);
      return REFUSAL;
    };
    harness.enqueue(1);
    await seconds(harness, 100);
    expect(at).to.deep.equal([0, 3, 6, 9, 15, 27, 51, 99]);
  });

  it('says once what is not taken', async () => {
    const { harness } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 60);
    expect(harness.troubles).to.deep.equal(['1 413']);
  });

  it('knows that one is refused where the window has room for others', async () => {
    const { harness, taken } = refusing(webhook(4), (mid) => mid === 1);
    harness.enqueue(1, 2, 3, 4, 5, 6);
    await seconds(harness, 10);
    expect(taken).to.deep.equal(range(2, 6).map((mid) => `${mid} at 0`));
    harness.settle(1);
    expect(harness.transport.attempts.length).to.be.within(8, 9);
  });

  it('does not hold up the next one while it tries one that was refused', async () => {
    const harness = new Harness(webhook());
    const slow = openEnd();
    harness.transport.answer = ({ mid }) => (mid === '1' ? REFUSAL : TAKEN);
    harness.enqueue(1, 2);
    await seconds(harness, 8);
    harness.transport.answer = ({ mid }) => (mid === '1' ? slow.outcome : TAKEN);
    await seconds(harness, 60);
    harness.enqueue(3, 4);
    slow.end(REFUSAL);
    await idle();
    expect(harness.transport.mids().slice(-2)).to.deep.equal(['3', '4']);
  });

  it('drops what was settled while it was set aside', async () => {
    const { harness } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 7);
    harness.settle(1);
    harness.transport.clear();
    await seconds(harness, 120);
    expect(harness.transport.mids()).to.deep.equal([]);
    expect(harness.readAhead.room).to.equal(2 ** 20);
  });

  it('drops what was settled elsewhere while its message was read', async () => {
    const { harness } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 8);
    const open = harness.holdReads();
    await seconds(harness, 30);
    harness.settle(1);
    harness.transport.clear();
    open();
    await idle();
    expect(harness.transport.mids()).to.deep.equal([]);
  });

  it('tells that one which was set aside is damaged by now, and goes on', async () => {
    const { harness, taken } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 8);
    harness.log.delete(1);
    harness.unreadable.add(1);
    harness.transport.clear();
    await seconds(harness, 60);
    harness.enqueue(3);
    expect(harness.transport.mids()).to.deep.equal(['3']);
    expect(harness.steps).to.include('1 damaged');
    expect(taken.at(-1)).to.equal('3 at 68');
  });

  it('tries again what could not be read', async () => {
    const { harness } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 8);
    harness.gate = Promise.reject(new Error('disk'));
    harness.gate.catch(() => undefined);
    await seconds(harness, 10);
    expect(harness.faults).to.have.length(1);
    harness.gate = Promise.resolve();
    harness.transport.clear();
    harness.transport.answer = () => TAKEN;
    await seconds(harness, 600);
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });

  it('begins again with everything when the receiver wakes', async () => {
    const { harness } = refusing(webhook(), (mid) => mid === 1);
    harness.enqueue(1, 2);
    await seconds(harness, 8);
    harness.transport.clear();
    harness.lane.wake(true);
    await idle();
    expect(harness.transport.mids()).to.deep.equal(['1']);
  });
});

describe('Lane with a receiver that does not acknowledge', () => {
  it('lets others pass a window full of messages that are not acknowledged', async () => {
    const harness = new Harness(new RecordingTransport({ window: 16 }));
    harness.transport.answer = ({ mid }) => {
      if (Number(mid) > 16) setImmediate(() => harness.settle(mid));
      return { kind: 'accepted' };
    };
    harness.enqueue(...range(1, 17));
    expect(harness.transport.mids()).to.deep.equal(range(1, 16));
    await seconds(harness, 9);
    expect(harness.log.has(17)).to.equal(false);
    for (let mid = 18; mid < 60; mid += 1) {
      harness.enqueue(mid);
      await seconds(harness, 4);
      expect(harness.log.has(mid), `${mid}`).to.equal(false);
    }
    expect(harness.troubles).to.deep.equal(range(1, 16).map((mid) => `${mid} no acknowledgement`));
  });

  it('never has more on their way than the window allows', async () => {
    const harness = new Harness(new RecordingTransport({ window: 4 }));
    const recent: number[] = [];
    let most = 0;
    harness.transport.answer = () => {
      recent.push(harness.clock.now());
      most = Math.max(most, recent.filter((time) => time > harness.clock.now() - 3000).length);
      return { kind: 'accepted' };
    };
    harness.enqueue(...range(1, 40));
    await seconds(harness, 300);
    expect(new Set(harness.transport.mids()).size).to.equal(40);
    expect(most).to.be.at.most(4);
  });

  it('gives every message that was set aside its turn', async () => {
    const harness = new Harness(new RecordingTransport({ window: 1 }));
    harness.enqueue(...range(1, 6));
    await seconds(harness, 120);
    harness.transport.clear();
    await seconds(harness, 300);
    expect([...new Set(harness.transport.mids())].sort()).to.deep.equal(range(1, 6));
  });
});

describe('Lane with a receiver on a slow line', () => {
  /** A transport whose receiver says when it has read everything. */
  class SlowTransport extends RecordingTransport {
    asked = 0;
    readUp: () => void = () => {};
    caughtUp(): Promise<void> {
      this.asked += 1;
      return new Promise((resolve) => {
        this.readUp = resolve;
      });
    }
  }

  it('does not send again what the receiver has not read', async () => {
    const transport = new SlowTransport({ window: 2 });
    const harness = new Harness(transport);
    harness.enqueue(1);
    await seconds(harness, 20);
    expect(transport.asked).to.equal(1);
    expect(transport.mids()).to.deep.equal(['1']);
    transport.readUp();
    await seconds(harness, 2);
    expect(transport.mids()).to.deep.equal(['1']);
    await seconds(harness, 1);
    expect(transport.mids()).to.deep.equal(['1', '1']);
  });

  it('sends again at once what the receiver has read in time', async () => {
    const transport = new SlowTransport({ window: 2 });
    const harness = new Harness(transport);
    harness.enqueue(1);
    await harness.clock.tick(3000);
    transport.readUp();
    await idle();
    expect(transport.mids()).to.deep.equal(['1', '1']);
  });

  it('sends again in the end where it never hears', async () => {
    const transport = new SlowTransport({ window: 2, retry: { base: 3000, cap: 60_000 } });
    const harness = new Harness(transport);
    harness.enqueue(1);
    await seconds(harness, 62);
    expect(transport.mids()).to.deep.equal(['1']);
    await seconds(harness, 1);
    expect(transport.mids()).to.deep.equal(['1', '1']);
  });

  it('does nothing when it hears after the acknowledgement', async () => {
    const transport = new SlowTransport({ window: 2 });
    const harness = new Harness(transport);
    harness.enqueue(1);
    await harness.clock.tick(3000);
    harness.settle(1);
    transport.readUp();
    await seconds(harness, 60);
    expect(transport.mids()).to.deep.equal(['1']);
  });

  it('sends again as ever where asking fails', async () => {
    for (const fails of [
      () => {
        throw new Error('bug');
      },
      () => Promise.reject(new Error('bug')),
    ]) {
      const transport = new SlowTransport({ window: 2 });
      transport.caughtUp = fails;
      const harness = new Harness(transport);
      harness.enqueue(1);
      await seconds(harness, 64);
      expect(harness.faults.length).to.be.at.least(1);
      expect(transport.mids().length).to.be.at.least(2);
    }
  });
});

describe('Lane with a push service that refuses', () => {
  it('goes on with the next, since a refusal shows that the receiver is there', async () => {
    const harness = new Harness(pushTransport({ window: 1, retry }));
    harness.transport.answer = ({ mid }) =>
      mid === '1' ? { kind: 'retry', reason: '500' } : { kind: 'refused', reason: '400' };
    harness.enqueue(1, 2, 3);
    await seconds(harness, 7);
    expect(harness.steps.filter((step) => step.includes('refused'))).to.have.members([
      '2 refused: 400',
      '3 refused: 400',
    ]);
  });
});
