import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { createTurnover, type Turnover } from '../../../server/backends/embedded/turnover.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';

let turnover: Turnover;
let lines: LogLine[];
let room: number;
let turned: number;
let resumed: number;
/** Ends the flushes of the tables. */
let flushes: { done(): void; fail(): void }[];

beforeEach(() => {
  [room, turned, resumed, flushes] = [4 * 2 ** 20, 0, 0, []];
  const recording = recordingLogger();
  lines = recording.lines;
  turnover = createTurnover({
    journal: {
      room: () => room,
      turnOver() {
        turned += 1;
      },
    },
    flushTables: () =>
      new Promise((resolve, reject) => {
        flushes.push({ done: resolve, fail: () => reject(new Error('no')) });
      }),
    logger: recording.logger,
    resume() {
      resumed += 1;
    },
  });
});

describe('createTurnover', () => {
  it('is due when the half has less than a mebibyte left', () => {
    expect(turnover.isDue()).to.equal(false);
    room = 2 ** 20;
    expect(turnover.isDue()).to.equal(false);
    room -= 1;
    expect(turnover.isDue()).to.equal(true);
  });

  it('goes on at once in a half that is free', () => {
    expect([turnover.begin(7), turned, turnover.needsRows()]).to.deep.equal(['done', 1, true]);
  });

  it('needs the rows of the other half before that is used again, and flushes them at once', async () => {
    turnover.begin(7);
    turnover.tablesHave(6);
    expect([turnover.begin(9), turnover.isPaused(), turned]).to.deep.equal(['waits', false, 1]);
    expect([turnover.needsRows(), flushes.length]).to.deep.equal([true, 0]);
    turnover.tablesHave(7);
    turnover.tablesHave(8);
    expect([turnover.needsRows(), flushes.length]).to.deep.equal([false, 1]);
    flushes[0]?.done();
    await turn();
    expect([turnover.begin(9), turnover.isPaused(), turned, resumed]).to.deep.equal(['done', false, 2, 0]);
  });

  it('pauses until the tables are flushed', async () => {
    turnover.begin(7);
    turnover.tablesHave(7);
    expect([turnover.begin(9), turnover.isPaused(), turned, resumed]).to.deep.equal(['waits', true, 1, 0]);
    flushes[0]?.done();
    await turn();
    expect([turnover.isPaused(), resumed, turned]).to.deep.equal([false, 1, 1]);
    expect([turnover.begin(9), turned]).to.deep.equal(['done', 2]);
  });

  it('needs a transaction when the tables could not be flushed', async () => {
    turnover.begin(7);
    turnover.tablesHave(7);
    turnover.begin(9);
    flushes[0]?.fail();
    await turn();
    expect([turnover.isPaused(), resumed, lines.map(({ level }) => level)]).to.deep.equal([false, 1, ['error']]);
    expect([turnover.begin(9), turned]).to.deep.equal(['failed', 1]);
    turnover.tablesAreOnDisk();
    expect([turnover.begin(10), turned]).to.deep.equal(['done', 2]);
  });

  it('does not take the flush of a half before for that of the newest', async () => {
    turnover.begin(7);
    turnover.tablesHave(7);
    turnover.tablesAreOnDisk();
    turnover.begin(9);
    turnover.tablesHave(9);
    flushes[0]?.done();
    await turn();
    expect([turnover.begin(10), turnover.isPaused(), turned]).to.deep.equal(['waits', true, 2]);
    flushes[1]?.done();
    await turn();
    expect(turnover.isPaused()).to.equal(false);
  });

  it('moves the WAL after 32 steps, at the end of their transaction', () => {
    for (let step = 0; step < 40; step += 1) turnover.noteStep(false);
    expect(flushes).to.have.length(0);
    turnover.noteStep(true);
    turnover.noteStep(true);
    expect(flushes).to.have.length(1);
    flushes[0]?.fail();
    expect(lines).to.deep.equal([]);
  });
});
