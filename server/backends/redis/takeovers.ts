// How long no one did the work of a node that died: from its last beat until another one does it.
import type { Clock } from '../../base/clock.ts';
import type { ClusterView } from './lease.ts';

/** Notices which claimed shards were those of dead nodes. */
export interface Takeovers {
  /** Call it with what each beat shows. */
  saw(view: ClusterView): void;
  /** Call it when this node does the work of shards that it has claimed. */
  claimed(shards: readonly number[]): void;
}

interface Heard {
  /** When the last beat of the node was, by the monotonic clock of this one. */
  readonly at: number;
  readonly isAlive: boolean;
  readonly isLeaving: boolean;
}

/** What takeovers are told from. */
export interface TakeoverPorts {
  readonly clock: Pick<Clock, 'monotonic'>;
  /** `redis.lease` in ms. */
  readonly lease: number;
  /** The id of this node. */
  self(): string;
  /** Is called for each shard, with the seconds since the last beat of its owner. */
  tell(seconds: number): void;
}

/** Follows the beats of this node. */
export function createTakeovers({ clock, lease, self, tell }: TakeoverPorts): Takeovers {
  let heard = new Map<string, Heard>();
  /** The last owner of each shard that was another node. */
  const owners = new Map<number, string>();
  return {
    saw({ nodes, shards }) {
      for (const [shard, { owner }] of shards) if (owner !== '' && owner !== self()) owners.set(shard, owner);
      const now = clock.monotonic();
      // Nodes that were removed are remembered for as long as their shards have no other owner.
      const owning = new Set(owners.values());
      heard = new Map([...heard].flatMap(([id, one]) => (owning.has(id) ? [[id, { ...one, isAlive: false }]] : [])));
      for (const { id, leaseLeft, isAlive, state } of nodes) {
        const at = leaseLeft === undefined ? heard.get(id)?.at : now + leaseLeft - lease;
        if (at !== undefined) heard.set(id, { at, isAlive, isLeaving: state === 'draining' });
      }
    },
    claimed(shards) {
      const now = clock.monotonic();
      for (const shard of shards) {
        const last = heard.get(owners.get(shard) ?? '');
        owners.delete(shard);
        if (last !== undefined && !last.isAlive && !last.isLeaving) tell((now - last.at) / 1000);
      }
    },
  };
}
