// The live nodes of the cluster, and the removal of the dead ones.
import { createListeners } from '../../base/listeners.ts';
import type { Logger } from '../../base/logger.ts';
import type { NodeFacts, NodeFigures, NodeRecord, Nodes } from '../../nodes.ts';
import { FORMATS } from './cluster.ts';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';
import type { ClusterView, Lease, NodeReport } from './lease.ts';

/** The nodes as this one sees them, and what this one says with each beat. */
export interface RedisNodes extends Nodes {
  report(lag: number): NodeReport;
  /** Follows the beats of a lease. */
  follow(lease: Lease): void;
  /** Calls the listener when this node has removed a dead one. */
  onReaped(listener: () => void): void;
  /** From now on, this node gets no new work. */
  drain(): void;
}

/** A beat that is later than this, in ms, is a late one. */
const LATE = 500;
/** A node is slow after so many late beats in a row. A single one is a pause, which moving all the work would not shorten. */
const LATE_BEATS = 2;
/** It is slow until so many beats in a row were not late. */
const CALM_BEATS = 5;

interface Announced {
  readonly facts: NodeFacts;
  readonly figures: () => NodeFigures;
}

/**
 * Makes the port.
 * @param shards how many this node owns
 * @param vacate takes from a dead node some of what it had on channels; false if something is left. `wasOutage`: no node was alive, to
 * which its clients could have gone
 */
export function createNodes(
  { connection, keys, logger }: { readonly connection: RedisConnection; readonly keys: Keys; readonly logger: Logger },
  shards: () => number,
  vacate: (node: string, wasOutage: boolean) => Promise<boolean> = async () => true,
): RedisNodes {
  const changes = createListeners<[name: string, isThere: boolean]>((error) =>
    logger.error({ err: error }, 'listener fault'),
  );
  const reaped = createListeners<[]>((error) => logger.error({ err: error }, 'listener fault'));
  let announced: Announced | undefined;
  let isDraining = false;
  /** Late beats in a row, and those that were not late since then. */
  let late = 0;
  let calm = 0;
  let isSlow = false;
  let lease: Lease | undefined;
  /** Names of the others that are reachable, by their ids. */
  let others = new Map<string, string>();
  /** The others with a lease. */
  let alive: readonly string[] = [];
  /** Dead nodes that are being removed. */
  const dying = new Set<string>();

  function current(): Lease {
    if (lease === undefined) throw new Error('the node has no lease yet');
    return lease;
  }

  /** Whether all nodes that are left have started after the last beat of a dead one. */
  async function hadNoOthers(id: string): Promise<boolean> {
    const { self } = current();
    const read = async (node: string, field: string) => Number(await connection.send(['HGET', keys.node(node), field]));
    const starts = await Promise.all([self, ...alive].map((node) => read(node, 'started')));
    const seen = await read(id, 'seen');
    return starts.every((start) => start === 0 || start > seen);
  }

  async function reap(id: string): Promise<void> {
    if (dying.has(id)) return;
    dying.add(id);
    try {
      const wasOutage = await hadNoOthers(id);
      while (!(await vacate(id, wasOutage)));
      if (await current().reap(id)) {
        logger.warn({ other: others.get(id) ?? id }, 'a node is dead; its work goes to others');
        reaped.tell();
      }
    } catch (error) {
      logger.debug({ err: error, other: id }, 'a dead node could not be removed; trying again with the next beat');
    } finally {
      dying.delete(id);
    }
  }

  function look({ nodes }: ClusterView): void {
    const { self } = current();
    const before = others;
    const dead = nodes.filter(({ id, isAlive }) => !isAlive && id !== self);
    alive = nodes.filter(({ id, isAlive }) => isAlive && id !== self).map(({ id }) => id);
    if (current().mayReap()) for (const { id } of dead) void reap(id);
    others = new Map(nodes.filter(({ id, name }) => id !== self && name !== '').map(({ id, name }) => [id, name]));
    for (const [id, name] of others) if (!before.has(id)) changes.tell(name, true);
    for (const [id, name] of before) if (!others.has(id)) changes.tell(name, false);
  }

  async function read(id: string): Promise<NodeRecord | undefined> {
    const fields = (await connection.send(['HGETALL', keys.node(id)])) as Partial<Record<string, string>>;
    const { name, facts, figures, started, seen } = fields;
    if (name === undefined || facts === undefined || figures === undefined) return undefined;
    return { ...JSON.parse(facts), ...JSON.parse(figures), id, name, started: Number(started), seen: Number(seen) };
  }

  function followLag(lag: number): void {
    late = lag > LATE ? late + 1 : 0;
    calm = lag > LATE ? 0 : calm + 1;
    if (!isSlow && late >= LATE_BEATS) {
      isSlow = true;
      logger.warn({ lag: Math.round(lag) }, 'this node is slow; its work goes to others, if there are any');
    } else if (isSlow && calm >= CALM_BEATS) {
      isSlow = false;
      logger.info({}, 'this node is not slow any more');
    }
  }

  return {
    get self() {
      return current().self;
    },
    async announce(facts, figures) {
      announced = { facts, figures };
      await current().beat();
    },
    async list() {
      const ids = (await connection.send(['ZRANGE', keys.nodes, '0', '-1'])) as string[];
      const records = (await Promise.all(ids.map(read))).filter((record) => record !== undefined);
      return records.sort((one, other) => one.started - other.started || (one.id < other.id ? -1 : 1));
    },
    count: () => others.size + 1,
    onChange: changes.add,
    report(lag) {
      followLag(lag);
      if (announced === undefined) return { state: 'starting', name: '', facts: '', figures: '{}' };
      const { facts, figures } = announced;
      return {
        state: isDraining ? 'draining' : isSlow ? 'slow' : 'ready',
        name: facts.name,
        facts: JSON.stringify({ ...facts, formats: FORMATS }),
        figures: JSON.stringify({ ...figures(), shards: shards(), lag }),
      };
    },
    follow(its) {
      lease = its;
      its.onView(look);
    },
    onReaped: reaped.add,
    drain() {
      isDraining = true;
    },
  };
}
