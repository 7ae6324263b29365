// Deleting much without holding up the rest: a few rows per transaction, one transaction per event-loop turn.
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** Most rows that one step deletes, so that it takes a few milliseconds at worst. */
const STEP = 200;

/** Deletes messages below a mid, their deliveries first; resolves to how many messages went. */
export async function expireBelow(before: number, group: GroupCommit, statements: Statements): Promise<number> {
  let messages = 0;
  for (;;) {
    const rows = await group.add(() => {
      const deliveries = statements.expireDeliveries.run([before, STEP]).changes;
      if (deliveries >= STEP) return deliveries;
      const went = statements.expireMessages.run([before, STEP - deliveries]).changes;
      messages += went;
      return deliveries + went;
    });
    if (rows < STEP) return messages;
  }
}

/** Deletes the deliveries of a nameless device, the messages that only it had, and at last the device. */
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
