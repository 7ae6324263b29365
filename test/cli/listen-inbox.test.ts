import { expect } from 'chai';
import { createInbox, type InboxPorts } from '../../server/cli/listen-inbox.ts';
import type { WireMessage } from '../../shared/message.ts';
import { fakeClock } from '../support/clock.ts';

/** A message of which the inbox looks at nothing but the mid. */
const message = (mid: number) => ({ mid: String(mid) }) as WireMessage;

/** Lets promises settle that need no timer. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An inbox whose messages end when the test says so, and what it did. */
function harness() {
  const clock = fakeClock();
  const started: string[] = [];
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  const signals: AbortSignal[] = [];
  const endings: { resolve(handled: boolean): void; reject(error: unknown): void }[] = [];
  const ports: InboxPorts = {
    clock,
    handle: ({ mid }, signal) => {
      started.push(mid);
      signals.push(signal);
      return new Promise((resolve, reject) => endings.push({ resolve, reject }));
    },
    acknowledge: (mid) => acknowledged.push(mid),
    fail: (error) => failures.push(error),
  };
  const inbox = createInbox(ports);
  /** Ends the message that is being handled. */
  async function end(handled = true): Promise<void> {
    endings.shift()?.resolve(handled);
    await settle();
  }
  return { inbox, clock, started, acknowledged, failures, signals, endings, end };
}

describe('createInbox', () => {
  it('handles one message at a time, in order, and acknowledges each when it is done', async () => {
    const { inbox, started, acknowledged, end } = harness();
    for (const mid of [1, 2, 3]) inbox.take(message(mid));
    expect([started, acknowledged]).to.deep.equal([['1'], []]);
    await end();
    expect([started, acknowledged]).to.deep.equal([['1', '2'], ['1']]);
    await end();
    await end();
    expect(acknowledged).to.deep.equal(['1', '2', '3']);
  });

  it('drops a repeat of a message that is waiting or being handled', async () => {
    const { inbox, started, end } = harness();
    for (const mid of [1, 2, 1, 2]) inbox.take(message(mid));
    await end();
    await end();
    await end();
    expect(started).to.deep.equal(['1', '2']);
  });

  it('acknowledges the repeat of a handled message, and does not handle it again', async () => {
    const { inbox, started, acknowledged, end } = harness();
    inbox.take(message(1));
    await end();
    inbox.take(message(1));
    expect([started, acknowledged]).to.deep.equal([['1'], ['1', '1']]);
  });

  it('handles the repeat of a message that was not handled', async () => {
    const { inbox, started, acknowledged, end } = harness();
    inbox.take(message(1));
    await end(false);
    expect(acknowledged).to.deep.equal([]);
    inbox.take(message(1));
    await end(true);
    expect([started, acknowledged]).to.deep.equal([['1', '1'], ['1']]);
  });

  it('bounds how many wait', async () => {
    const { inbox, started, endings, end } = harness();
    for (let mid = 1; mid <= 3000; mid += 1) inbox.take(message(mid));
    while (endings.length > 0) await end();
    expect(started).to.have.lengthOf(2048);
  });

  it('reports when handling rejects', async () => {
    const { inbox, failures, endings } = harness();
    inbox.take(message(1));
    endings[0]?.reject(new Error('no'));
    await settle();
    expect(failures).to.have.lengthOf(1);
  });

  describe('when it is closed', () => {
    it('finishes the current message, drops the others and takes no more', async () => {
      const { inbox, started, acknowledged, signals, end } = harness();
      inbox.take(message(1));
      inbox.take(message(2));
      const closing = inbox.close();
      inbox.take(message(3));
      await end();
      await closing;
      expect([started, acknowledged]).to.deep.equal([['1'], ['1']]);
      expect(signals[0]?.aborted).to.equal(false);
    });

    it('stops the current message after the grace period', async () => {
      const { inbox, clock, signals, end } = harness();
      inbox.take(message(1));
      const closing = inbox.close();
      await clock.tick(9_999);
      expect(signals[0]?.aborted).to.equal(false);
      await clock.tick(1);
      expect(signals[0]?.aborted).to.equal(true);
      await end(false);
      await closing;
      expect(clock.timers()).to.equal(0);
    });

    it('resolves at once if nothing is being handled', async () => {
      await harness().inbox.close();
    });
  });
});
