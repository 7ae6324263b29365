// Takes messages out of the histories of devices, targets and keys. The messages stay until they are too old.
import type { MessageLog } from '../../delivery/ports.ts';
import { readMid } from '../mid.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

/** What the removals work with. */
export interface RemovalsPorts {
  readonly group: GroupCommit;
  readonly statements: Statements;
  /** Ids of the devices by name. */
  readonly ids: ReadonlyMap<string, number>;
}

/** A key of a target as the labels have it. */
export function keyText(target: string, key: string): string {
  return JSON.stringify([target, key]);
}

/** Makes them. */
export function createRemovals({
  group,
  statements,
  ids,
}: RemovalsPorts): Pick<MessageLog, 'ofKey' | 'remove' | 'unlist'> {
  return {
    async ofKey(target, key, limit) {
      await group.settled();
      return (statements.ofKey.all([keyText(target, key), limit]) as [number][]).map(([mid]) => String(mid));
    },
    remove: (device, mids) =>
      group.add(() => {
        const id = ids.get(device);
        if (id === undefined) return [];
        return mids.filter((text) => {
          const mid = readMid(text);
          return mid !== undefined && statements.removeDelivery.run([mid, id]).changes > 0;
        });
      }),
    unlist: (mids) =>
      group.add(() => {
        for (const text of mids) {
          const mid = readMid(text);
          if (mid === undefined) continue;
          statements.unlistTarget.run([mid]);
          statements.unlistKey.run([mid]);
        }
      }),
  };
}
