// Deletes many rows without holding up other work: a few rows per transaction, one transaction per turn of the event
// loop.
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';
import { isPast, SPAN_KINDS, type Span, type Spans } from './times.ts';

/** The most rows that one step deletes, so that it takes a few milliseconds at worst. */
const STEP = 200;

/** How many spans one query reads. */
const SPANS_AT_ONCE = 100;

/**
 * Deletes messages that came before a time, their deliveries first. Resolves to the number of deleted messages.
 * @param before ms since 1970
 */
export async function expireBefore(
  before: number,
  group: GroupCommit,
  statements: Statements,
  spans: Spans,
): Promise<number> {
  let messages = 0;

  /** Resolves when no message of the span is that old any more. */
  async function empty(span: Span): Promise<void> {
    const { first, last } = span;
    for (;;) {
      const rows = await group.add(() => {
        const deliveries = statements.expireDeliveries.run([first, last, before, STEP]).changes;
        if (deliveries >= STEP) return deliveries;
        const went = statements.expireMessages.run([first, last, before, STEP - deliveries]).changes;
        messages += went;
        return deliveries + went;
      });
      if (rows < STEP) break;
    }
    if (isPast(span, before)) await group.add(() => spans.remove(SPAN_KINDS.created, span));
  }

  for (;;) {
    await group.settled();
    const page = spans.upto(SPAN_KINDS.created, before, SPANS_AT_ONCE);
    for (const span of page) await empty(span);
    // The spans of a full page are empty now and were removed, so the next page begins with others.
    if (page.length < SPANS_AT_ONCE) return messages;
  }
}

/** Deletes the deliveries of a nameless device, the messages that only it had, and finally the device. */
export async function sweepDevice(id: number, group: GroupCommit, statements: Statements): Promise<void> {
  let done = false;
  while (!done) {
    done = await group.add(() => {
      const mids = (statements.midsOf.all([id, STEP / 2]) as [number][]).map(([mid]) => mid);
      const last = mids.at(-1);
      if (last === undefined) {
        statements.removeDevice.run([id]);
        return true;
      }
      statements.removeDeliveries.run([id, last]);
      statements.removeOrphans.run([JSON.stringify(mids)]);
      return false;
    });
  }
}
