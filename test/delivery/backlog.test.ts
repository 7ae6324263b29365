import { expect } from 'chai';
import { Backlog } from '../../server/delivery/backlog.ts';
import type { ReadBounds, WaitingPage } from '../../server/delivery/ports.ts';
import { ReadAhead } from '../../server/delivery/read-ahead.ts';
import { held, idle, message, range } from './fixtures.ts';

/** A backlog whose pages a test hands over. */
function setUp({ behind = false, room = 10_000 } = {}) {
  const readAhead = new ReadAhead(room);
  const asked: { after: string; bounds: ReadBounds }[] = [];
  const told: string[] = [];
  const state = { isIdle: true, done: new Set<string>() };
  let answer: (page: WaitingPage | Error) => void = () => {};
  const backlog = new Backlog(
    {
      load(after, bounds) {
        asked.push({ after, bounds });
        return new Promise((resolve, reject) => {
          answer = (page) => (page instanceof Error ? reject(page) : resolve(page));
        });
      },
      isDone: (delivery) => state.done.has(delivery.message.mid),
      isIdle: () => state.isIdle,
      damaged: (mid) => told.push(`damaged ${mid}`),
      loaded: () => told.push('loaded'),
      failed: (error) => told.push(`failed: ${(error as Error).message}`),
    },
    readAhead,
    behind,
  );
  async function page(mids: readonly string[], more = false, damaged: readonly string[] = []): Promise<void> {
    const deliveries = mids.map((mid) => ({ message: message(mid), status: 'ready' as const, bytes: 100 }));
    answer({ deliveries, damaged, more });
    await idle();
  }
  /** Takes everything that is in memory. */
  function taken(): string[] {
    const mids: string[] = [];
    for (let first = backlog.first(); first !== undefined; first = backlog.first()) {
      backlog.take(first);
      readAhead.release(first);
      mids.push(first.message.mid);
    }
    return mids;
  }
  return { backlog, readAhead, asked, told, state, page, taken, fail: (error: Error) => answer(error) };
}

describe('Backlog', () => {
  it('keeps what comes in memory, in order, as long as it is not behind', () => {
    const { backlog, readAhead, asked, taken } = setUp();
    for (const mid of range(1, 3)) backlog.add(held(mid));
    backlog.refill();
    expect(asked).to.deep.equal([]);
    expect(readAhead.room).to.equal(9700);
    expect(taken()).to.deep.equal(range(1, 3));
    expect(readAhead.room).to.equal(10_000);
  });

  it('takes nothing twice', () => {
    const { backlog, taken } = setUp();
    backlog.add(held(2));
    backlog.add(held(2));
    backlog.add(held(1));
    expect(taken()).to.deep.equal(['2']);
  });

  it('reads on after what it has, when memory is empty', async () => {
    const { backlog, asked, page, taken, told } = setUp({ behind: true });
    backlog.refill();
    backlog.refill();
    expect(backlog.isReading).to.equal(true);
    await page(['1', '2'], true);
    expect(taken()).to.deep.equal(['1', '2']);
    backlog.refill();
    await page(['3']);
    expect(taken()).to.deep.equal(['3']);
    backlog.refill();
    expect(asked.map(({ after }) => after)).to.deep.equal(['0', '2']);
    expect(told).to.deep.equal(['loaded', 'loaded']);
  });

  it('goes on after a page without room, if the last message in flight was settled during the read', async () => {
    const { backlog, state, asked, told, page } = setUp({ behind: true });
    state.isIdle = false;
    backlog.refill();
    await page([], true);
    expect(told).to.deep.equal([]);
    backlog.refill();
    state.isIdle = true;
    await page([], true);
    expect(told).to.deep.equal(['loaded']);
    backlog.refill();
    expect(asked.map(({ bounds }) => bounds.atLeastOne)).to.deep.equal([false, false, true]);
  });

  it('reads on before memory is empty, if there is room for a whole page', async () => {
    for (const [room, early] of [
      [1_000_000, true],
      [262_143, false],
    ] as const) {
      const { backlog, readAhead, asked, page, taken } = setUp({ behind: true, room });
      backlog.refill();
      await page(range(1, 66), true);
      for (const left of [65, 64]) {
        backlog.refill();
        expect(asked, `${left} left`).to.have.length(1);
        const first = backlog.first();
        if (first !== undefined) backlog.take(first);
        if (first !== undefined) readAhead.release(first);
      }
      backlog.refill();
      expect(asked.map(({ after }) => after)).to.deep.equal(early ? ['0', '66'] : ['0']);
      if (!early) continue;
      await page(['67']);
      expect(taken()).to.deep.equal(range(3, 67));
    }
  });

  it('asks for no more than there is room for, and gives the room back', async () => {
    const { backlog, readAhead, asked, page } = setUp({ behind: true, room: 1000 });
    backlog.refill();
    expect(asked[0]?.bounds).to.deep.include({ maxBytes: 1000, atLeastOne: true });
    expect(readAhead.room).to.equal(0);
    await page([]);
    expect(readAhead.room).to.equal(1000);
  });

  it('asks for nothing without room while something is in flight, and for one message otherwise', () => {
    const { backlog, readAhead, asked, state } = setUp({ behind: true, room: 1000 });
    readAhead.hold(held(99, 1000));
    state.isIdle = false;
    backlog.refill();
    expect(asked).to.deep.equal([]);
    state.isIdle = true;
    backlog.refill();
    expect(asked[0]?.bounds).to.deep.include({ maxBytes: 0, atLeastOne: true });
  });

  it('leaves in the log what there is no room for', () => {
    const { backlog, readAhead, state, asked, taken } = setUp({ room: 1000 });
    readAhead.hold(held(99, 950));
    state.isIdle = false;
    backlog.add(held(1));
    expect(taken()).to.deep.equal([]);
    state.isIdle = true;
    backlog.refill();
    expect(asked).to.have.length(1);
  });

  it('does not go on when a page had no room for its first message', async () => {
    const { backlog, state, page, told } = setUp({ behind: true });
    state.isIdle = false;
    backlog.refill();
    await page([], true);
    expect(told).to.deep.equal([]);
    expect(backlog.isReading).to.equal(false);
  });

  it('leaves out what is done, or was settled while it was read, and tells what is damaged', async () => {
    const { backlog, state, page, taken, told } = setUp({ behind: true });
    state.done.add('2');
    backlog.refill();
    backlog.drop('3');
    await page(['1', '2', '3', '4'], true, ['5']);
    expect(taken()).to.deep.equal(['1', '4']);
    expect(told).to.deep.equal(['damaged 5', 'loaded']);
  });

  it('drops a page that was asked for before a rewind, and its failure as well', async () => {
    const { backlog, page, taken, told, fail, readAhead } = setUp({ behind: true });
    backlog.refill();
    backlog.rewind(true);
    await page(['1']);
    expect(taken()).to.deep.equal([]);
    backlog.refill();
    backlog.rewind(true);
    fail(new Error('disk'));
    await idle();
    expect(told).to.deep.equal([]);
    expect(readAhead.room).to.equal(10_000);
  });

  it('lets go of everything at a rewind', () => {
    const { backlog, readAhead, taken } = setUp();
    for (const mid of range(1, 3)) backlog.add(held(mid));
    backlog.rewind(false);
    expect(readAhead.room).to.equal(10_000);
    expect(taken()).to.deep.equal([]);
  });

  it('says that the log cannot be read, and reads again when it is asked to', async () => {
    const { backlog, asked, told, fail } = setUp({ behind: true });
    backlog.refill();
    fail(new Error('disk'));
    await idle();
    expect(told).to.deep.equal(['failed: disk']);
    backlog.refill();
    expect(asked).to.have.length(2);
  });
});
