// Deletion: deliveries end, on whichever node they are, and leave the histories. A person who deletes a message has seen it, so for
// its sender a delivery that was open counts as received.
import type { Outboxes } from './outboxes.ts';
import type { MessageLog } from './ports.ts';

/** What deletion needs. */
export interface DeletionPorts {
  readonly log: Pick<MessageLog, 'find' | 'remove' | 'unlist'>;
  readonly outboxes: Pick<Outboxes, 'acknowledge'>;
}

/** Deletes messages. What is being sent at that moment may still arrive. */
export interface Deletion {
  /** Takes messages from one device: they wait for it no longer, and leave its history. Resolves to those that were there. */
  remove(device: string, mids: readonly string[]): Promise<string[]>;
  /** Takes messages from all devices, targets and keys. Their statuses stay known. Resolves to those that are stored. */
  withdraw(mids: readonly string[]): Promise<string[]>;
}

/** Makes the deletion of one relay. */
export function createDeletion({ log, outboxes }: DeletionPorts): Deletion {
  async function remove(device: string, mids: readonly string[]): Promise<string[]> {
    await Promise.all(mids.map((mid) => outboxes.acknowledge(mid, device)));
    return log.remove(device, mids);
  }

  return {
    remove,
    async withdraw(mids) {
      const stored: string[] = [];
      for (const asked of mids) {
        const found = await log.find(asked);
        if (found === undefined) continue;
        const { mid } = found.message;
        await Promise.all([...found.statuses.keys()].map((device) => remove(device, [mid])));
        stored.push(mid);
      }
      await log.unlist(stored);
      return stored;
    },
  };
}
