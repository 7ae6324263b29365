// Which shards this node owns: it does their work, and says so with their fence in every write. All nodes compute the same
// wanted owner of each shard from the list of the live ones; a node that has one too many hands it over.
import { crc32 } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Ownership } from '../../delivery/ports.ts';
import { SHARDS } from '../../nodes.ts';
import type { RedisConnection } from './connection.ts';
import { type Keys, shardOf } from './keys.ts';
import type { ClusterView, Lease, NodeState, SeenNode } from './lease.ts';
import { NOTICE, type Notices } from './notices.ts';
import { scripts } from './scripts.ts';

/** How long an owner's attempts may go on before it hands a shard over, in ms. */
const HANDOVER = 3000;
/** After how many ms a shard that its wanted owner does not claim is claimed by any other. */
const PATIENCE = 1000;
/** After how many ms it is handed to that owner after all. */
const ADOPTION = 30_000;

/** What the ownership works with. */
export interface ShardPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly notices: Notices;
  readonly lease: Lease;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Is told of shards that this node has claimed and whose work it does now. */
  onClaimed?(shards: readonly number[]): void;
}

/** The shards of this node. */
export interface Shards extends Ownership {
  owned(): readonly number[];
  /** Whether this node has claimed what it should, or found nothing to claim, since it started. */
  hasShare(): boolean;
  /** Its claim on a shard, `<node>|<fence>`, with which it may write until the shard is released; undefined without one. */
  claimOn(shard: number): string | undefined;
  /** Makes the listeners of gained shards read the queues of all shards again, because notices of mail were lost. */
  reread(): void;
  /** Calls the listener before those of `onGained`. */
  onGaining(listener: Listener): void;
  /** Hands all shards over, and claims none again. */
  drain(): Promise<void>;
}

type Listener = (isMeant: (device: string) => boolean) => Promise<void>;

/** The node that should own a shard: the one with the highest hash of both (rendezvous hashing). */
export function wantedOwner(shard: number, nodes: readonly string[]): string | undefined {
  let best: string | undefined;
  let highest = -1;
  for (const node of nodes) {
    const weight = crc32(`${node}:${shard}`);
    if (weight > highest || (weight === highest && best !== undefined && node > best)) {
      best = node;
      highest = weight;
    }
  }
  return best;
}

/** The nodes that get work. */
function workers(nodes: readonly SeenNode[]): readonly string[] {
  const inState = (wanted: NodeState) => nodes.filter(({ isAlive, state }) => isAlive && state === wanted);
  const ready = inState('ready');
  return (ready.length > 0 ? ready : inState('slow')).map(({ id }) => id);
}

/** Follows the beats of a lease. */
export function createShards(ports: ShardPorts): Shards {
  const { connection, keys, notices, lease, clock, logger } = ports;
  const owned = new Map<number, number>();
  /** The same of shards that are being handed over: attempts under way still end with a claim. */
  const leaving = new Map<number, number>();
  /** Shards that are being claimed or handed over. */
  const moving = new Set<number>();
  /** The highest fence of each shard that was seen. Redis may have lost the last of them. */
  const fences = new Map<number, number>();
  /** Since when a shard is free, or owned by this node instead of by its wanted owner. */
  const freeSince = new Map<number, number>();
  const adoptedSince = new Map<number, number>();
  const preparers: Listener[] = [];
  const gainers: Listener[] = [];
  const losers: Listener[] = [];
  const missers: (() => void)[] = [];
  /** The nodes that get work. */
  let live: readonly string[] = [];
  /** The one of them that should own each shard. */
  let wantedOwners: readonly (string | undefined)[] = [];
  let isDraining = false;
  let hasShare = false;
  /** Whether notices were lost that the queues have not been read for. */
  let mustReread = false;

  const meant = (shards: readonly number[]) => {
    const set = new Set(shards);
    return (device: string) => set.has(shardOf(device));
  };

  async function tell(listeners: readonly Listener[], shards: readonly number[]): Promise<void> {
    await Promise.all(listeners.map((listener) => listener(meant(shards))));
  }

  /** Begins the work on shards. */
  async function gain(shards: readonly number[]): Promise<void> {
    await tell(preparers, shards);
    await tell(gainers, shards);
  }

  /** Ends the work on shards. Resolves when attempts have ended, or after a while. */
  async function lose(shards: readonly number[]): Promise<void> {
    for (const shard of shards) owned.delete(shard);
    let timer: unknown;
    const limit = new Promise<void>((resolve) => {
      timer = clock.setTimeout(resolve, HANDOVER);
    });
    await Promise.race([tell(losers, shards), limit])
      .catch((error) => logger.error({ err: error }, 'listener fault'))
      .finally(() => clock.clearTimeout(timer));
  }

  /** Gives shards back, and tells those who should have them. */
  async function release(shards: readonly number[]): Promise<void> {
    const others = live.filter((id) => id !== lease.self);
    const wanted = shards.flatMap((shard) => [shard, wantedOwner(shard, others) ?? '']);
    await connection.runScript(
      scripts.release,
      [keys.shards, keys.noticeNumbers],
      [lease.self, keys.notices(''), ...wanted],
    );
  }

  async function handOver(shards: readonly number[]): Promise<void> {
    for (const shard of shards) leaving.set(shard, owned.get(shard) ?? 0);
    try {
      await lose(shards);
      await release(shards);
    } finally {
      for (const shard of shards) leaving.delete(shard);
    }
  }

  async function claim(shards: readonly number[]): Promise<void> {
    const self = lease.self;
    const wanted = shards.flatMap((shard) => [shard, fences.get(shard) ?? 0]);
    const answers = (await connection.runScript(
      scripts.claim,
      [keys.shards, keys.nodes],
      [self, ...wanted],
    )) as number[];
    const gained = shards.filter((shard, at) => {
      const fence = Number(answers[at]);
      if (fence === 0 || self !== lease.self) return false;
      owned.set(shard, fence);
      fences.set(shard, fence);
      return true;
    });
    if (gained.length === 0) return;
    try {
      await gain(gained);
      hasShare = true;
      ports.onClaimed?.(gained);
      logger.debug({ shards: gained.length, owned: owned.size }, 'this node has more shards');
    } catch (error) {
      logger.warn({ err: error }, 'the queues of new shards cannot be read; they are given back');
      await handOver(gained);
    }
  }

  /** Does something with shards that nothing else does meanwhile. */
  function move(shards: readonly number[], run: (shards: readonly number[]) => Promise<void>): Promise<void> {
    if (shards.length === 0) return Promise.resolve();
    for (const shard of shards) moving.add(shard);
    const ended = () => {
      for (const shard of shards) moving.delete(shard);
    };
    return run(shards).then(
      () => {
        ended();
        rereadAll();
      },
      (error: unknown) => {
        ended();
        logger.debug({ err: error }, 'shards could not be moved; trying again with the next beat');
      },
    );
  }

  /** Reads the queues of all shards again, once those that are moving have been read. */
  function rereadAll(): void {
    if (!mustReread || moving.size > 0) return;
    mustReread = false;
    const reading = (shards: readonly number[]) =>
      gain(shards).catch((error: unknown) => {
        mustReread = true;
        throw error;
      });
    void move([...owned.keys()], reading);
  }

  function look({ nodes, shards }: ClusterView): void {
    const { self } = lease;
    const now = clock.monotonic();
    for (const [shard, { fence }] of shards) fences.set(shard, Math.max(fence, fences.get(shard) ?? 0));

    // Others have these by now.
    const lost = [...owned.keys()].filter((shard) => {
      const current = shards.get(shard);
      return !moving.has(shard) && (current?.owner !== self || current.fence !== owned.get(shard));
    });
    void move(lost, lose);

    const before = live.join();
    live = workers(nodes);
    const isChanged = live.join() !== before;
    if (isChanged) wantedOwners = Array.from({ length: SHARDS }, (_, shard) => wantedOwner(shard, live));
    if (isDraining) return;
    if (!live.includes(self)) {
      const isSlow = nodes.some(({ id, state }) => id === self && state === 'slow');
      const own = [...owned.keys()].filter((shard) => !moving.has(shard));
      if (isSlow && live.length > 0) void move(own, handOver);
      return;
    }
    const known = new Map(nodes.map(({ id, isAlive }) => [id, isAlive]));
    const surplus: number[] = [];
    const wanted: number[] = [];
    for (let shard = 0; shard < SHARDS; shard += 1) {
      if (moving.has(shard)) continue;
      const isMine = wantedOwners[shard] === self;
      if (owned.has(shard)) {
        freeSince.delete(shard);
        if (isMine) adoptedSince.delete(shard);
        else if (isChanged || now - (adoptedSince.get(shard) ?? now) >= ADOPTION) surplus.push(shard);
        else adoptedSince.set(shard, adoptedSince.get(shard) ?? now);
        continue;
      }
      adoptedSince.delete(shard);
      const owner = shards.get(shard)?.owner ?? '';
      const isFree = owner === '' || owner === self || !known.has(owner) || (!known.get(owner) && lease.mayReap());
      if (!isFree) {
        freeSince.delete(shard);
        continue;
      }
      const since = freeSince.get(shard) ?? now;
      freeSince.set(shard, since);
      if (isMine || now - since >= PATIENCE) wanted.push(shard);
    }
    if (wanted.length === 0 && moving.size === 0) hasShare = true;
    void move(surplus, handOver);
    void move(wanted, claim);
    rereadAll();
  }

  const missed = () => {
    for (const listener of missers) listener();
  };
  // What was published while it was away has reached no one.
  connection.onState((state) => {
    if (state === 'connected') missed();
  });
  lease.onView(look);
  // A shard was given back that this node should have: a beat finds it.
  notices.on(NOTICE.free, () => {
    lease.beat().catch((error) => logger.debug({ err: error }, 'a beat was not answered'));
  });
  lease.onDied(() => {
    live = [];
    void move([...owned.keys()], lose);
  });

  return {
    isShared: true,
    owns: (device) => owned.has(shardOf(device)),
    mayBegin: () => lease.isSure(),
    onGaining: (listener) => void preparers.push(listener),
    onGained: (listener) => void gainers.push(listener),
    onLost: (listener) => void losers.push(listener),
    onResumed: (listener) => lease.onResumed(listener),
    owned: () => [...owned.keys()],
    hasShare: () => hasShare,
    claimOn(shard) {
      const fence = owned.get(shard) ?? leaving.get(shard);
      return fence === undefined ? undefined : `${lease.self}|${fence}`;
    },
    onMissed: (listener) => void missers.push(listener),
    reread() {
      missed();
      mustReread = true;
      rereadAll();
    },
    async drain() {
      isDraining = true;
      await move([...owned.keys()], handOver);
    },
  };
}
