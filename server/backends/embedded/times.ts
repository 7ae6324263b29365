// Finds messages by their time or their expiry without an index over all of them: for each stretch of time, it stores
// the first and the last mid. Mids ascend, so a stretch is a short range of mids unless the clock was set.
import type { Statements } from './statements.ts';

/** Length of a stretch in ms. A busy relay has a few thousand stretches in its history. */
export const SPAN_MS = 600_000;

/** The kinds of spans. The numbers are on disk, so their meaning never changes. */
export const SPAN_KINDS = { created: 0, expires: 1 } as const;

/** A kind of span. */
export type SpanKind = (typeof SPAN_KINDS)[keyof typeof SPAN_KINDS];

/** Some mids between `first` and `last` are in the stretch that begins at `bucket * SPAN_MS`. */
export interface Span {
  readonly bucket: number;
  readonly first: number;
  readonly last: number;
}

/** The stretch of a time. */
function bucketOf(time: number): number {
  return Math.floor(time / SPAN_MS);
}

/** Whether the whole stretch is before a time. */
export function isPast({ bucket }: Span, time: number): boolean {
  return (bucket + 1) * SPAN_MS <= time;
}

/** The spans of a log. */
export interface Spans {
  /** Notes the times of a message that is being written. */
  note(mid: number, createdAt: number, expiresAt: number): void;
  /** Writes the notes. Runs inside the transaction of those messages. */
  write(): void;
  /** Drops the notes, because the transaction failed. */
  drop(): void;
  /** Spans that begin up to a time, oldest first, at most `limit`. */
  upto(kind: SpanKind, time: number, limit: number): Span[];
  /** Deletes a span without any message left. Runs inside a transaction. */
  remove(kind: SpanKind, span: Span): void;
}

interface Noted {
  readonly kind: SpanKind;
  readonly bucket: number;
  readonly first: number;
  last: number;
}

/** Makes the spans of a log. */
export function createSpans(statements: Statements): Spans {
  let noted: Noted[] = [];

  function add(kind: SpanKind, time: number, mid: number): void {
    const bucket = bucketOf(time);
    for (const one of noted) {
      if (one.kind !== kind || one.bucket !== bucket) continue;
      // Mids come in ascending order.
      one.last = mid;
      return;
    }
    noted.push({ kind, bucket, first: mid, last: mid });
  }

  return {
    note(mid, createdAt, expiresAt) {
      add(SPAN_KINDS.created, createdAt, mid);
      add(SPAN_KINDS.expires, expiresAt, mid);
    },
    write() {
      for (const { kind, bucket, first, last } of noted) statements.addSpan.run([kind, bucket, first, last]);
      noted = [];
    },
    drop() {
      noted = [];
    },
    upto(kind, time, limit) {
      const rows = statements.spans.all([kind, bucketOf(time), limit]) as [number, number, number][];
      return rows.map(([bucket, first, last]) => ({ bucket, first, last }));
    },
    remove(kind, { bucket }) {
      statements.removeSpan.run([kind, bucket]);
    },
  };
}
