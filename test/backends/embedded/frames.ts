// Frames of a journal for tests: one message each.
import { type JournalFrame, pendingFrames } from '../../../server/backends/embedded/journal-frames.ts';

/** The run that wrote them. */
export const RUN = 7;

export function frame(seq: number, text = 'x'): JournalFrame {
  return { run: RUN, seq, lastMid: seq, messages: [[seq, text, seq, 1000, [1]]], statuses: [] };
}

/** The numbers of the pending frames, and how many are lost. */
export function numbers(bytes: Buffer, applied = 0): { frames: number[]; lost: number } {
  const { frames, lost } = pendingFrames(bytes, RUN, applied);
  return { frames: frames.map(({ seq }) => seq), lost };
}

/** 1 to `count`. */
export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
