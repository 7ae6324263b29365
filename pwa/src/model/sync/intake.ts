// Stores new messages durably, then lets the caller acknowledge them, then shows them. Messages that arrive during a
// write form the next batch, so that a burst needs few transactions.
import type { Channel } from '../store/channel.ts';
import { idsOf } from '../store/channel.ts';
import type { Database, MessageRecord } from '../store/database.ts';
import { putDecrypted } from '../store/decrypted.ts';
import type { Incoming } from '../store/messages.ts';

/** What the intake needs. */
export interface IntakePorts {
  readonly database: Database;
  readonly channel: Channel;
  readonly show: (records: readonly MessageRecord[]) => void;
}

/** Stores new messages. */
export interface Intake {
  /** Resolves when the messages are on disk. If it rejects, the caller must not acknowledge them. */
  take(incoming: readonly Incoming[]): Promise<void>;
}

interface Waiting {
  readonly incoming: readonly Incoming[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const MAX_BATCH = 500;

/** Creates an intake. */
export function createIntake({ database, channel, show }: IntakePorts): Intake {
  let waiting: Waiting[] = [];
  let isWriting = false;

  async function write(): Promise<void> {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, MAX_BATCH);
      try {
        const { changed } = await putDecrypted(
          database,
          batch.flatMap(({ incoming }) => incoming),
        );
        // Acknowledge first, since drawing may take time.
        for (const { done } of batch) done();
        if (changed.length > 0) {
          show(changed);
          channel.post({ kind: 'messages', ids: idsOf(changed) });
        }
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
    isWriting = false;
  }

  return {
    take(incoming) {
      return new Promise((done, failed) => {
        waiting = [...waiting, { incoming, done, failed }];
        if (!isWriting) void write();
      });
    },
  };
}
