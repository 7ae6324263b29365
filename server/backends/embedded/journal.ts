// The journal: a file in front of SQLite that makes changes durable with one write each group. Its halves take turns:
// while one is being written, the tables get what the other one holds. Not here: what a change is (pending-rows.ts) and
// when it reaches the tables (group-commit.ts).
import { randomInt } from 'node:crypto';
import { close, constants, fdatasync, fdatasyncSync, open, write, writeSync } from 'node:fs';
import { type FileHandle, open as openFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { DataError } from './data-error.ts';
import { FILE_MODE, flushName, isMissing } from './files.ts';

/** Name of the journal in the data directory. */
export const JOURNAL_FILE = 'messages.journal';

/** Bytes of each half. The journal is never larger than two of them. */
export const JOURNAL_HALF = 4 * 2 ** 20;

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

const MAGIC = Buffer.from('HrlJ');
/** The magic, the length of the content, and its checksum. */
const HEADER = 12;

/** With it, a write returns when it is on disk. Other systems need a second call. */
const WRITE_THROUGH = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** A group of changes as the journal stores it. */
export interface JournalFrame {
  /** Identifies the run of the relay that wrote it. */
  readonly run: number;
  /** Ascends by one from group to group. */
  readonly seq: number;
  readonly lastMid: number;
  readonly messages: readonly JournalMessage[];
  /** A flat list: mid, device and status of each delivery that changed, in order. */
  readonly statuses: readonly number[];
}

/** A message with its times and the ids of its devices. */
export type JournalMessage = readonly [
  mid: number,
  text: string,
  createdAt: number,
  lifetime: number,
  devices: readonly number[],
];

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

/** The bytes of a frame. */
export function encodeFrame({ run, seq, lastMid, messages, statuses }: JournalFrame): Buffer {
  const content = JSON.stringify([run, seq, lastMid, messages, statuses]);
  const length = Buffer.byteLength(content);
  const frame = Buffer.allocUnsafe(HEADER + length);
  MAGIC.copy(frame);
  frame.writeUInt32LE(length, 4);
  frame.write(content, HEADER);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER)), 8);
  return frame;
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

/** @param begin how the content of a frame of the right run begins */
function decodeFrame(bytes: Buffer, start: number, begin: Buffer): { frame: JournalFrame; end: number } | undefined {
  if (bytes.length - start < HEADER || bytes.compare(MAGIC, 0, 4, start, start + 4) !== 0) return undefined;
  const end = start + HEADER + bytes.readUInt32LE(start + 4);
  if (end > bytes.length) return undefined;
  const content = bytes.subarray(start + HEADER, end);
  // Before the checksum, which would take long for many wrong lengths, and which is right for nothing but zeros.
  if (!content.subarray(0, begin.length).equals(begin)) return undefined;
  if (crc32(content) !== bytes.readUInt32LE(start + 8)) return undefined;
  const [run, seq, lastMid, messages, statuses] = JSON.parse(content.toString());
  return { frame: { run, seq, lastMid, messages, statuses }, end };
}

function decodeHalf(bytes: Buffer, begin: Buffer): JournalFrame[] {
  const frames: JournalFrame[] = [];
  let position = 0;
  while (position < bytes.length) {
    const found = decodeFrame(bytes, position, begin);
    if (found === undefined) {
      // The rest is older, torn, damaged or of another run. Whole frames after it are found by how they begin.
      position = bytes.indexOf(MAGIC, position + 1);
      if (position < 0) break;
      continue;
    }
    frames.push(found.frame);
    position = found.end;
  }
  return frames;
}

/** What a journal holds for the tables. */
export interface JournalContent {
  readonly frames: readonly JournalFrame[];
  /** How many groups of changes before the last of them cannot be read. */
  readonly lost: number;
  /** Whether it has any frame of the run. */
  readonly isOfRun: boolean;
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

/** Finds what the tables do not have yet, in order. No one was told that a torn last frame is safe. */
export function pendingFrames(bytes: Buffer, run: number, applied: number): JournalContent {
  const begin = Buffer.from(`[${run},`);
  const halves = [bytes.subarray(0, JOURNAL_HALF), bytes.subarray(JOURNAL_HALF)];
  const all = halves.flatMap((half) => decodeHalf(half, begin));
  const frames = all.filter(({ seq }) => seq > applied).sort((a, b) => a.seq - b.seq);
  const last = frames.at(-1)?.seq ?? applied;
  return { frames, lost: last - applied - frames.length, isOfRun: all.length > 0 };
}
