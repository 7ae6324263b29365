// The frames of the journal: a group of changes as bytes, and back.
import { crc32 } from 'node:zlib';

/** Bytes of each half. The journal is never larger than two of them. */
export const JOURNAL_HALF = 4 * 2 ** 20;

const MAGIC = Buffer.from('HrlJ');
/** The magic, the length of the content, and its checksum. */
const HEADER = 12;

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

/** A message with its times, the ids of its devices and, if it is kept for its target, the id of that. */
export type JournalMessage = readonly [
  mid: number,
  text: string,
  createdAt: number,
  lifetime: number,
  devices: readonly number[],
  target?: number,
];

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

/** Finds what the tables do not have yet, in order. No one was told that a torn last frame is safe. */
export function pendingFrames(bytes: Buffer, run: number, applied: number): JournalContent {
  const begin = Buffer.from(`[${run},`);
  const halves = [bytes.subarray(0, JOURNAL_HALF), bytes.subarray(JOURNAL_HALF)];
  const all = halves.flatMap((half) => decodeHalf(half, begin));
  const frames = all.filter(({ seq }) => seq > applied).sort((a, b) => a.seq - b.seq);
  const last = frames.at(-1)?.seq ?? applied;
  return { frames, lost: last - applied - frames.length, isOfRun: all.length > 0 };
}
