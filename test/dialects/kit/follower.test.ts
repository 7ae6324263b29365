import { expect } from 'chai';
import { RelayError } from '../../../server/base/errors.ts';
import { Follower, type FollowerOptions, type TargetPage } from '../../../server/dialects/kit/follower.ts';
import { plainContent } from '../../../shared/content.ts';
import type { Message } from '../../../shared/message.ts';
import { fakeClock } from '../../support/clock.ts';

function message(mid: number, text = 't'): Message {
  const from = { method: 'http', name: '' } as const;
  const times = { createdAt: mid, expiresAt: 1e6 };
  return { sendType: 'personal', target: 'a', from, content: plainContent(text), mid: String(mid), id: '', ...times };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** A follower over a log that a test fills. `page` bounds how many messages the log gives at once. */
function setUp({ page = 100, ...options }: Partial<FollowerOptions> & { page?: number } = {}) {
  const log: Message[] = [];
  const told: string[] = [];
  const failures: unknown[] = [];
  const clock = fakeClock();
  const state = {
    isOpen: true,
    reads: 0,
    error: undefined as Error | undefined,
    hold: undefined as Promise<void> | undefined,
  };
  const follower = new Follower({
    since: '0',
    clock,
    maxWaiting: 100_000,
    sink: {
      get isOpen() {
        return state.isOpen;
      },
      message: ({ mid }) => void told.push(mid),
      event: ({ kind }) => void told.push(kind),
      drained: () => undefined,
      failed: (error) => void failures.push(error),
    },
    async read(since): Promise<TargetPage> {
      state.reads += 1;
      if (state.error !== undefined) throw state.error;
      const rest = log.filter(({ mid }) => Number(mid) > Number(since));
      const messages = rest.slice(0, page);
      await state.hold;
      return { messages, last: messages.at(-1)?.mid ?? since, more: rest.length > messages.length };
    },
    ...options,
  });
  return { follower, log, told, failures, state, clock };
}

/** A promise and how to resolve it. */
function latch() {
  let open: () => void = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open: () => open() };
}

describe('Follower', () => {
  it('tells what the log has, in pages, and then what comes', async () => {
    const { follower, log, told, state } = setUp({ page: 2, since: '1' });
    log.push(...[1, 2, 3, 4, 5, 6].map((mid) => message(mid)));
    follower.start();
    await settle();
    follower.message(message(7));
    expect(told).to.deep.equal(['2', '3', '4', '5', '6', '7']);
    expect(state.reads).to.equal(3);
  });

  it('tells each message once, also one that comes while it is read', async () => {
    const { follower, log, told, state } = setUp();
    const { promise, open } = latch();
    state.hold = promise;
    log.push(message(1), message(2));
    follower.start();
    // 2 is in the log already, 3 is not.
    for (const mid of [2, 3]) follower.message(message(mid));
    await settle();
    expect(told).to.deep.equal([]);
    open();
    await settle();
    follower.message(message(3));
    expect(told).to.deep.equal(['1', '2', '3']);
  });

  it('puts a message that the log does not keep into its place', async () => {
    const { follower, log, told } = setUp({ page: 1 });
    log.push(message(1), message(3));
    follower.message(message(2));
    follower.start();
    await settle();
    expect(told).to.deep.equal(['1', '2', '3']);
  });

  it('tells events after the messages that were there before', async () => {
    const { follower, log, told } = setUp();
    log.push(message(1));
    follower.event({ kind: 'clear', target: 'a', data: {} });
    follower.start();
    await settle();
    follower.event({ kind: 'delete', target: 'a', data: {} });
    expect(told).to.deep.equal(['1', 'clear', 'delete']);
  });

  it('leaves out what was accepted before a time', async () => {
    const { follower, log, told } = setUp({ from: 3 });
    log.push(...[1, 2, 3].map((mid) => message(mid)));
    follower.start();
    await settle();
    expect(told).to.deep.equal(['3']);
  });

  it('reads again when messages may have passed by, and holds back what comes meanwhile', async () => {
    const { follower, log, told } = setUp();
    follower.start();
    await settle();
    const { promise, open } = latch();
    log.push(message(1), message(2));
    follower.unheard(promise);
    follower.message(message(2));
    await settle();
    expect(told).to.deep.equal([]);
    open();
    await settle();
    expect(told).to.deep.equal(['1', '2']);
  });

  it('reads from the log what does not fit into its bound', async () => {
    const { follower, log, told, state } = setUp({ maxWaiting: 1000 });
    const { promise, open } = latch();
    state.hold = promise;
    follower.start();
    await settle();
    for (let mid = 1; mid <= 20; mid += 1) {
      log.push(message(mid, 'x'.repeat(100)));
      follower.message(message(mid, 'x'.repeat(100)));
    }
    open();
    await settle();
    expect(told).to.deep.equal(log.map(({ mid }) => mid));
    expect(state.reads).to.equal(2);
  });

  it('tries again while the log is away', async () => {
    const { follower, log, told, state, clock } = setUp();
    state.error = new RelayError('unavailable', 'away');
    follower.start();
    await settle();
    log.push(message(1));
    state.error = undefined;
    await clock.tick(1000);
    await settle();
    expect(told).to.deep.equal(['1']);
  });

  it('tells that the log fails for good, and reads nothing for a sink that is closed', async () => {
    const { follower, state, failures } = setUp();
    state.error = new Error('broken');
    follower.start();
    await settle();
    expect(failures).to.deep.equal([state.error]);
    state.isOpen = false;
    follower.unheard(Promise.resolve());
    await settle();
    expect(state.reads).to.equal(1);
  });
});
