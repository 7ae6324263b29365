import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { JOURNAL_FILE, type Journal, openJournal } from '../../../server/backends/embedded/journal.ts';
import { encodeFrame, JOURNAL_HALF, pendingFrames } from '../../../server/backends/embedded/journal-frames.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { frame, numbers, range } from './frames.ts';

function write(journal: Journal, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    journal.write(bytes, false, (error) => (error === null ? resolve() : reject(error)));
  });
}

describe('openJournal', () => {
  it('has a frame of its run from the start', async () => {
    const dir = await tempDir();
    const read = async (run: number) => pendingFrames(await readFile(join(dir, JOURNAL_FILE)), run, 0);
    const first = await openJournal(dir);
    expect(await read(first.run)).to.deep.equal({ frames: [], lost: 0, isOfRun: true });
    await first.close();
    const second = await openJournal(dir);
    await second.close();
    expect([(await read(first.run)).isOfRun, (await read(second.run)).isOfRun]).to.deep.equal([false, true]);
  });

  it('writes over the older half, and finds what is newer', async () => {
    const dir = await tempDir();
    const journal = await openJournal(dir);
    const large = 'x'.repeat(1000);
    await write(journal, encodeFrame(frame(1, large)));
    await write(journal, encodeFrame(frame(2)));
    expect(journal.room()).to.be.below(JOURNAL_HALF);
    journal.turnOver();
    expect(journal.room()).to.equal(JOURNAL_HALF);
    await write(journal, encodeFrame(frame(3)));
    journal.turnOver();
    await write(journal, encodeFrame(frame(4)));
    const file = join(dir, JOURNAL_FILE);
    expect(numbers(await readFile(file), 2)).to.deep.equal({ frames: [3, 4], lost: 0 });
    expect((await stat(file)).mode & 0o777).to.equal(0o600);
    await journal.close();
    await journal.close();
  });

  it('has its full size from the start, and keeps what it holds', async () => {
    const dir = await tempDir();
    const file = join(dir, JOURNAL_FILE);
    await writeFile(file, Buffer.concat([Buffer.alloc(100), encodeFrame(frame(1))]));
    const journal = await openJournal(dir);
    expect(journal.size).to.equal(2 * JOURNAL_HALF);
    expect((await stat(file)).size).to.equal(2 * JOURNAL_HALF);
    expect(numbers(await readFile(file))).to.deep.equal({ frames: [1], lost: 0 });
    await journal.close();
  });

  it('writes small groups in the event loop while the disk is fast, and all others on another thread', async () => {
    const dir = await tempDir();
    let now = 0;
    let duration = 0.1;
    const journal = await openJournal(dir, () => {
      now += duration;
      return now;
    });
    let seq = 0;
    async function isAtOnce(mayBlock = true): Promise<boolean> {
      seq += 1;
      let done = false;
      const writing = new Promise<void>((resolve, reject) => {
        journal.write(encodeFrame(frame(seq)), mayBlock, (error) => {
          done = true;
          if (error === null) resolve();
          else reject(error);
        });
      });
      const atOnce = done;
      await writing;
      return atOnce;
    }
    async function count(): Promise<number> {
      for (let found = 0; ; found += 1) if (await isAtOnce()) return found;
    }

    expect(await count()).to.be.within(10, 32);
    expect(await isAtOnce(false)).to.equal(false);
    expect(await isAtOnce()).to.equal(true);
    for (let more = 0; more < 100; more += 1) await isAtOnce();
    // One slow write does not make a slow disk.
    duration = 1000;
    expect(await isAtOnce()).to.equal(true);
    duration = 0.1;
    expect(await isAtOnce()).to.equal(true);
    duration = 8;
    for (let more = 0; more < 3; more += 1) expect(await isAtOnce()).to.equal(true);
    for (let more = 0; more < 3; more += 1) expect(await isAtOnce()).to.equal(false);
    duration = 0.1;
    expect(await count()).to.be.within(2, 64);
    await journal.close();
    expect(numbers(await readFile(join(dir, JOURNAL_FILE)))).to.deep.equal({ frames: range(seq), lost: 0 });
  });

  it('is closed after the write that is under way', async () => {
    const journal = await openJournal(await tempDir());
    const order: string[] = [];
    const writing = write(journal, encodeFrame(frame(1))).then(() => order.push('written'));
    await journal.close().then(() => order.push('closed'));
    await writing;
    expect(order).to.deep.equal(['written', 'closed']);
  });
});
