import {
  cp,
  mkdir,
  open as openFile,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { Backend } from '../../../server/backends/backend.ts';
import { backupEmbedded, restoreEmbedded } from '../../../server/backends/embedded/backup.ts';
import { DataError } from '../../../server/backends/embedded/data-error.ts';
import { examineEmbedded } from '../../../server/backends/embedded/doctor.ts';
import { openEmbedded } from '../../../server/backends/embedded/index.ts';
import { JOURNAL_FILE } from '../../../server/backends/embedded/journal.ts';
import { JOURNAL_HALF } from '../../../server/backends/embedded/journal-frames.ts';
import { openDatabase } from '../../../server/backends/embedded/schema.ts';
import { silentLogger } from '../../../server/base/logger.ts';
import { type LogLine, recordingLogger } from '../../support/recording-logger.ts';
import { rejection } from '../../support/rejection.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { brief, message } from '../harness.ts';
import { startWriter } from '../writer.ts';
import { range } from './frames.ts';

/** An hour: the tables get nothing because of the time. */
const NEVER = 3_600_000;

/** Cuts a journal short in its last frame but one. */
async function cutShort(file: string): Promise<void> {
  const bytes = await readFile(file);
  await truncate(file, bytes.lastIndexOf('HrlJ', bytes.lastIndexOf('HrlJ') - 1) + 20);
}

describe('a relay that was killed with changes in its journal', () => {
  let base: string;
  let dir: string;
  let backend: Backend;
  const lines: LogLine[] = [];
  const open = (path: string, acceptLoss = false) => {
    const recording = recordingLogger();
    lines.length = 0;
    return openEmbedded({ dir: path, logger: recording.logger, acceptLoss, applyAfter: NEVER }).finally(() => {
      lines.push(...recording.lines.filter(({ level }) => level === 'error'));
    });
  };

  /** What a kill at this moment leaves. */
  async function killed(): Promise<string> {
    const copy = join(base, `killed ${Math.random()}`);
    await cp(dir, copy, { recursive: true });
    return copy;
  }
  async function phone(path: string, acceptLoss = false): Promise<string[]> {
    const opened = await open(path, acceptLoss);
    try {
      return brief((await opened.log.history('phone', '0', { limit: 99 })).entries);
    } finally {
      await opened.close();
    }
  }

  beforeEach(async () => {
    base = await tempDir();
    dir = join(base, 'data');
    backend = await open(dir);
    await backend.secrets.get('token', () => 'kept');
    await backend.log.append(message(1), ['phone']);
    for (const mid of [2, 3, 4]) await backend.log.append(message(mid), ['phone']);
    await backend.log.record('2', 'phone', 'ok');
  });
  afterEach(() => backend.close());

  const ALL = ['1 ready', '2 ok', '3 ready', '4 ready'];

  it('has them after the next start, and after one that is killed again', async () => {
    const copy = await killed();
    const again = await open(copy);
    expect(again.log.lastMid()).to.equal('4');
    const twice = join(base, 'twice');
    await cp(copy, twice, { recursive: true });
    await again.close();
    expect(await phone(twice)).to.deep.equal(ALL);
    expect(await phone(copy)).to.deep.equal(ALL);
    expect(lines).to.deep.equal([]);
  });

  it('does without a last group that is torn', async () => {
    const copy = await killed();
    const file = join(copy, JOURNAL_FILE);
    const bytes = await readFile(file);
    // Behind the last frame, the file has zeros up to its full size.
    await writeFile(file, bytes.fill(0, bytes.lastIndexOf(']') - 2));
    expect(await phone(copy)).to.deep.equal(['1 ready', '2 ready', '3 ready', '4 ready']);
    expect(lines).to.deep.equal([]);
  });

  it('is whole for a backup and a check that read a group before it was written to its end', async () => {
    const copy = await killed();
    const file = join(copy, JOURNAL_FILE);
    const whole = await readFile(file);
    const half = Buffer.from(whole);
    const start = whole.indexOf('hello');
    half.fill(0, start, start + 20);
    /** Reads it half written at first. */
    function readTwice() {
      const reads = [half, whole];
      return async () => reads.shift();
    }
    expect((await examineEmbedded(copy, readTwice())).filter(({ ok }) => !ok)).to.deep.equal([]);
    const backup = join(base, 'backup.db');
    await backupEmbedded(copy, backup, readTwice());
    const restored = join(base, 'restored');
    await restoreEmbedded(backup, restored);
    expect(await phone(restored)).to.deep.equal(ALL);
  });

  it('keeps what can be read around damage, and says that something is lost', async () => {
    const copy = await killed();
    const file = await openFile(join(copy, JOURNAL_FILE), 'r+');
    const bytes = await file.readFile();
    await file.write('#', bytes.indexOf('hello'));
    await file.close();
    const [found] = (await examineEmbedded(copy)).filter(({ ok }) => !ok);
    expect(found?.text).to.equal('is damaged: 1 of 4 groups of changes cannot be read');
    const refused = await rejection(backupEmbedded(copy, join(base, 'backup.db')));
    expect(refused)
      .to.be.instanceOf(DataError)
      .with.property('message')
      .that.matches(/messages\.journal .*damaged/);
    expect(await phone(copy)).to.deep.equal(['1 ready', '3 ready', '4 ready']);
    expect(lines.map(({ facts }) => facts)).to.deep.equal([{ lost: 1 }]);
  });

  for (const [kind, replace] of [
    ['a directory', (file: string) => mkdir(file)],
    ['larger than a journal can be', (file: string) => writeFile(file, '').then(() => truncate(file, 2 ** 40))],
    ['endless', (file: string) => symlink('/dev/zero', file)],
  ] as const) {
    it(`is not started with a journal that is ${kind}`, async () => {
      const copy = await killed();
      const file = join(copy, JOURNAL_FILE);
      await rm(file);
      await replace(file);
      const text = `${file} is not the journal of a relay; put the right file back, or move this one away`;
      expect(await rejection(open(copy)))
        .to.be.instanceOf(DataError)
        .with.property('message', text);
      expect((await examineEmbedded(copy)).filter(({ ok }) => !ok)).to.deep.equal([{ file, ok: false, text }]);
    });
  }

  /** Puts the journal of another directory in the place of `file`. */
  async function putForeign(file: string): Promise<void> {
    const other = join(base, 'other');
    const another = await open(other);
    await another.log.append(message(1), ['tablet']);
    await another.log.append(message(9), ['tablet']);
    await cp(join(other, JOURNAL_FILE), file);
    await another.close();
  }

  /** Starts the relay of `file` once more, kills it, and puts the journal of the run before back. */
  async function putOlder(file: string): Promise<void> {
    const older = await readFile(file);
    const again = await open(dirname(file));
    await again.log.append(message(9), ['phone']);
    const copy = join(base, 'again');
    await cp(dirname(file), copy, { recursive: true });
    await again.close();
    await rm(dirname(file), { recursive: true });
    await rename(copy, dirname(file));
    await writeFile(file, older);
  }

  const WRONG = 'is not the one that the relay wrote last';
  for (const [kind, replace, problem, left] of [
    ['deleted', (file: string) => rm(file), 'is missing', ['1 ready']],
    ['emptied', (file: string) => truncate(file), 'was cut short', ['1 ready']],
    ['cut short', cutShort, 'was cut short', ['1 ready', '2 ready', '3 ready']],
    ['filled with zeros', (file: string) => writeFile(file, Buffer.alloc(2 * JOURNAL_HALF)), WRONG, ['1 ready']],
    ['that of another directory', putForeign, WRONG, ['1 ready']],
    ['that of an older run', putOlder, WRONG, ALL],
  ] as const) {
    it(`is not started with a journal that is ${kind}, unless the loss is accepted`, async () => {
      const copy = await killed();
      const file = join(copy, JOURNAL_FILE);
      await replace(file);
      const error = await rejection(open(copy));
      expect(error).to.be.instanceOf(DataError);
      expect(error.message).to.equal(
        `${file} ${problem}; put the right file back, or restore a backup into an empty directory with herald restore, ` +
          'or start once with --accept-loss to lose what was accepted in the last moments before the relay ended',
      );
      expect((await examineEmbedded(copy)).filter(({ ok }) => !ok)).to.deep.equal([
        { file, ok: false, text: `${problem}: what was accepted before the relay ended may be lost` },
      ]);
      const refused = await rejection(backupEmbedded(copy, join(base, 'backup.db')));
      expect(refused.message).to.match(new RegExp(`messages\\.journal in .+ ${problem}, `));
      expect(await phone(copy, true)).to.deep.equal(left);
      expect(await phone(copy)).to.deep.equal(left);
    });
  }

  it('has everything if its version wrote no first frame, also before the first change', async () => {
    const copy = await killed();
    const file = join(copy, JOURNAL_FILE);
    const db = await openDatabase(copy);
    db.exec(`DELETE FROM meta WHERE name = 'journal_size'`);
    db.close();
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(bytes.indexOf('HrlJ', 1)));
    const unchanged = join(base, 'unchanged');
    await cp(copy, unchanged, { recursive: true });
    await writeFile(join(unchanged, JOURNAL_FILE), Buffer.alloc(2 * JOURNAL_HALF));
    expect(await phone(copy)).to.deep.equal(ALL);
    expect(await phone(unchanged)).to.deep.equal(['1 ready']);
    expect(lines).to.deep.equal([]);
  });

  it('has everything after the journal turned over several times', async () => {
    const text = 'x'.repeat(300_000);
    const mids = range(60).map((index) => index + 10);
    await Promise.all(mids.map((mid) => backend.log.append(message(mid, text), ['phone'])));
    for (const mid of mids) await backend.log.append(message(mid + 100, text), ['phone']);
    const copy = await killed();
    expect((await stat(join(copy, JOURNAL_FILE))).size).to.be.at.most(2 * JOURNAL_HALF);
    const expected = [...mids, ...mids.map((mid) => mid + 100)].map((mid) => `${mid} ready`);
    const opened = await openEmbedded({ dir: copy, logger: silentLogger });
    expect(brief((await opened.log.history('phone', '9', { limit: 999 })).entries)).to.deep.equal(expected);
    await opened.close();
  });
});

describe('a relay that is killed while its journal is written, applied and turned over', () => {
  const MODULE = new URL('../embedded-harness.ts', import.meta.url);

  it('has everything that was promised', async () => {
    const place = await tempDir();
    for (const lines of [100, 700, 1500]) {
      const writer = startWriter(MODULE, place, 'large');
      await writer.told(lines);
      const told = await writer.kill();
      const backend = await openEmbedded({ dir: join(place, 'data'), logger: silentLogger });
      const { entries } = await backend.log.history('phone', '0', { limit: 1e6 });
      await backend.close();
      const kept = new Map(entries.map(({ mid, status }) => [mid, status]));
      for (const line of told) {
        const [what, mid = ''] = line.split(' ');
        if (what === 'append') expect(kept.has(mid), line).to.equal(true);
        if (what === 'record') expect(kept.get(mid), line).to.equal('ok');
      }
    }
  });
});
