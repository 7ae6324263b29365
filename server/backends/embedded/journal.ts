// The journal: a file in front of SQLite that makes changes durable with one write each group. Its halves take turns:
// while one is being written, the tables get what the other one holds. Not here: what a change is (pending-rows.ts) and
// when it reaches the tables (group-commit.ts). The bytes of a frame: journal-frames.ts.
import { randomInt } from 'node:crypto';
import { close, constants, fdatasync, fdatasyncSync, open, write, writeSync } from 'node:fs';
import { type FileHandle, open as openFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FILE_MODE, flushName, isMissing } from '../../base/files.ts';
import { DataError } from './data-error.ts';
import { encodeFrame, JOURNAL_HALF } from './journal-frames.ts';

/** Name of the journal in the data directory. */
export const JOURNAL_FILE = 'messages.journal';

/** Bytes that are written at once when the file gets its full size. */
const FILL_STEP = 2 ** 18;

/**
 * While a write takes less time than this on average, in ms, small ones are made in the event loop, which saves the way to
 * another thread and back.
 */
const FAST = 1;
/** The average goes over about so many writes. It begins at twice the limit, so that a disk first has to prove itself. */
const RECENT = 32;
/** The longest time that counts, in ms: a fast disk is slow now and then, because of others. */
const SLOWEST = 8;

/** With it, a write returns when it is on disk. Other systems need a second call. */
const WRITE_THROUGH = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** An open journal. One write at a time. */
export interface Journal {
  /** Identifies the run of the relay. */
  readonly run: number;
  /** Bytes that the file has at least from now on. */
  readonly size: number;
  /** Bytes that are left in the half that is being written. */
  room(): number;
  /**
   * Writes one frame and calls back when it is on disk. After an error, nothing is known about its bytes.
   * @param mayBlock whether it may write in the event loop, which it does while the disk is fast
   */
  write(frame: Buffer, mayBlock: boolean, done: (error: Error | null) => void): void;
  /** Goes on at the start of the other half. The tables must have all that is in it. */
  turnOver(): void;
  /** Closes the file when no write is under way. Its frames stay; without their run, nothing reads them again. */
  close(): Promise<void>;
}

/**
 * Gives the file its full size. A flush of bytes that only replace others costs half the CPU time, because the file system
 * has nothing to note about them.
 */
async function lengthen(handle: FileHandle): Promise<void> {
  const zeros = Buffer.alloc(FILL_STEP);
  for (let { size } = await handle.stat(); size < 2 * JOURNAL_HALF; ) {
    size += (await handle.write(zeros, 0, Math.min(FILL_STEP, 2 * JOURNAL_HALF - size), size)).bytesWritten;
  }
}

/** @returns the size of the file, which survives a power cut */
async function fill(file: string): Promise<number> {
  const handle = await openFile(file, 'r+');
  try {
    // On a full disk, the writes of frames say so.
    await lengthen(handle).catch(() => undefined);
    await handle.datasync();
    return (await handle.stat()).size;
  } finally {
    await handle.close();
  }
}

/**
 * Opens the journal to be written from its beginning; makes it if it is missing. Its first frame is on disk then: a run
 * that has none of its frames in the journal has lost it. The tables must have all that an earlier run left in it.
 * @param now milliseconds that pass, for measuring how fast the disk is
 */
export async function openJournal(dir: string, now: () => number = () => performance.now()): Promise<Journal> {
  const file = join(dir, JOURNAL_FILE);
  const fd = await promisify(open)(file, constants.O_RDWR | constants.O_CREAT | WRITE_THROUGH, FILE_MODE);
  const run = randomInt(1, 2 ** 47);
  let position = 0;
  let end = JOURNAL_HALF;
  let isOpen = true;
  /** How long a write takes on average, in ms. */
  let typical = 2 * FAST;
  let isWriting = false;
  /** Called when no write is under way any more. */
  let written: (() => void) | undefined;

  function writeAll(frame: Buffer, from: number, done: (error: Error | null) => void): void {
    write(fd, frame, from, frame.length - from, position + from, (error, count) => {
      if (error !== null) done(error);
      else if (from + count < frame.length) writeAll(frame, from + count, done);
      else if (WRITE_THROUGH === 0) fdatasync(fd, done);
      else done(null);
    });
  }

  function writeNow(frame: Buffer): Error | null {
    try {
      for (let from = 0; from < frame.length; ) {
        from += writeSync(fd, frame, from, frame.length - from, position + from);
      }
      if (WRITE_THROUGH === 0) fdatasyncSync(fd);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  let size: number;
  try {
    const first = encodeFrame({ run, seq: 0, lastMid: 0, messages: [], statuses: [] });
    size = Math.max(await fill(file), first.length);
    await flushName(file);
    await promisify(writeAll)(first, 0);
    position = first.length;
  } catch (error) {
    await promisify(close)(fd);
    throw error;
  }

  return {
    run,
    size,
    room: () => end - position,
    write(frame, mayBlock, done) {
      const started = now();
      const ended = (error: Error | null) => {
        isWriting = false;
        written?.();
        typical += (Math.min(now() - started, SLOWEST) - typical) / RECENT;
        if (error === null) position += frame.length;
        done(error);
      };
      isWriting = true;
      if (mayBlock && typical < FAST) ended(writeNow(frame));
      else writeAll(frame, 0, ended);
    },
    turnOver() {
      position = end === JOURNAL_HALF ? JOURNAL_HALF : 0;
      end = position + JOURNAL_HALF;
    },
    async close() {
      if (!isOpen) return;
      isOpen = false;
      // Otherwise the number of the file could become that of another file before the write.
      if (isWriting) {
        await new Promise<void>((resolve) => {
          written = resolve;
        });
      }
      await promisify(close)(fd);
    },
  };
}

/**
 * Reads a whole journal; undefined if there is none. A relay may be writing it.
 * @throws DataError if it cannot be one: a pipe would be read forever, and a huge file fill the memory
 */
export async function readJournal(dir: string): Promise<Buffer | undefined> {
  const file = join(dir, JOURNAL_FILE);
  try {
    const found = await stat(file);
    if (!found.isFile() || found.size > 2 * JOURNAL_HALF) {
      throw new DataError(`${file} is not the journal of a relay; put the right file back, or move this one away`);
    }
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
