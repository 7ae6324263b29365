// The lease of this node: Redis believes in it until a deadline, which each beat extends. A node that is not sure of its
// lease begins nothing. One that was given up by the others goes on under a new id.
import { randomBytes } from 'node:crypto';
import type { TimeSpan } from '../../access/device-auth.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';
import { NOTICE, type Notices } from './notices.ts';
import { pairsOf } from './scan.ts';
import { scripts } from './scripts.ts';

/**
 * `starting`: not reachable yet. `slow`: its event loop is late again and again. `draining`: on its way out. Only `ready`
 * nodes get work, and `slow` ones if there are no others.
 */
export type NodeState = 'starting' | 'ready' | 'slow' | 'draining';

/** A node as a beat tells of it. */
export interface SeenNode {
  readonly id: string;
  /** In ms; below 0 if it is dead. Undefined while it is being removed. */
  readonly leaseLeft: number | undefined;
  readonly isAlive: boolean;
  readonly state: NodeState;
  /** Empty while it starts. */
  readonly name: string;
}

/** What all nodes look like, as Redis has it. */
export interface ClusterView {
  readonly nodes: readonly SeenNode[];
  readonly shards: ReadonlyMap<number, { readonly owner: string; readonly fence: number }>;
}

/** What this node says with each beat. */
export interface NodeReport {
  readonly state: NodeState;
  /** Name and facts, from the first beat that has them. */
  readonly name: string;
  readonly facts: string;
  readonly figures: string;
}

/** What a lease works with. */
export interface LeasePorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly notices: Notices;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `redis.lease` in ms. */
  readonly lease: number;
  /** @param lag how late the event loop is, in ms */
  report(lag: number): NodeReport;
}

/** How long before the deadline a node is no longer sure, in ms: an attempt takes its time. */
const MARGIN = 500;
const BEATS = 3;

/** Keeps this node alive in the eyes of the others. */
export class Lease {
  readonly #ports: LeasePorts;
  readonly #viewers: ((view: ClusterView) => void)[] = [];
  readonly #mourners: (() => void)[] = [];
  readonly #resumers: (() => void)[] = [];
  #self = randomBytes(8).toString('hex');
  #isNew = true;
  #sureUntil = Number.NEGATIVE_INFINITY;
  /** Since when every beat was answered in time. */
  #steadySince = Number.POSITIVE_INFINITY;
  /** The latest reading of Redis' clock, and when it was asked for and received. */
  #reading = { sent: 0, received: 0, time: 0 };
  #heard = '';
  #beats = 0;
  #hasEcho = false;
  #timer: Timer;
  #due = 0;
  #isClosed = false;
  #running: Promise<void> | undefined;

  constructor(ports: LeasePorts) {
    this.#ports = ports;
    ports.notices.on(NOTICE.echo, (_fields, body) => {
      this.#heard = body.toString();
    });
    ports.connection.onState((state) => {
      this.#steadySince = Number.POSITIVE_INFINITY;
      if (state === 'connected') this.#beatSoon(0);
    });
  }

  /** The id of this node. It changes when others have given it up. */
  get self(): string {
    return this.#self;
  }

  /** Whether no other node may believe that this one is dead. */
  isSure(): boolean {
    return this.#ports.clock.monotonic() < this.#sureUntil;
  }

  /** Whether it is sure, and its notices reach it. */
  isReady(): boolean {
    return this.isSure() && this.#hasEcho;
  }

  /**
   * Whether this node may say that another is dead. It must have been in touch with Redis for a whole lease: after an
   * outage of Redis, the others have that long to come back.
   */
  mayReap(): boolean {
    return this.#ports.clock.monotonic() - this.#steadySince >= this.#ports.lease;
  }

  /** Redis' time now, as the last beat tells it. Each reading of Redis' clock and of ours leaves out up to a millisecond. */
  time(): TimeSpan {
    const { sent, received, time } = this.#reading;
    const now = this.#ports.clock.monotonic();
    return { earliest: time + now - (received + 1), latest: time + 1 + (now + 1) - sent };
  }

  /** Calls the listener after each beat. */
  onView(listener: (view: ClusterView) => void): void {
    this.#viewers.push(listener);
  }

  /** Calls the listener when others have given this node up. It has a new id then. */
  onDied(listener: () => void): void {
    this.#mourners.push(listener);
  }

  /** Calls the listener when this node is sure again. */
  onResumed(listener: () => void): void {
    this.#resumers.push(listener);
  }

  /** Listens for notices and makes the first beat. */
  async start(): Promise<void> {
    await this.#ports.notices.listen(this.#self);
    await this.beat();
  }

  /** Beats now. Beats never overlap: one that is under way is answered first. */
  async beat(): Promise<void> {
    await this.#running;
    this.#running = this.#beat().finally(() => {
      this.#running = undefined;
      if (!this.#isClosed) this.#beatSoon(Math.floor(this.#ports.lease / BEATS));
    });
    await this.#running;
  }

  /** Beats no more. */
  stop(): void {
    this.#isClosed = true;
    this.#ports.clock.clearTimeout(this.#timer);
  }

  /** Removes this node, so that no one waits for its lease to end. */
  async leave(): Promise<void> {
    const { connection } = this.#ports;
    this.stop();
    await this.#running?.catch(() => {});
    this.#sureUntil = Number.NEGATIVE_INFINITY;
    await connection.runScript(scripts.reap, this.#keysOf(this.#self), [this.#self, '1']);
  }

  /** Removes another node if its lease has ended. */
  async reap(node: string): Promise<boolean> {
    const { connection } = this.#ports;
    return (await connection.runScript(scripts.reap, this.#keysOf(node), [node, ''])) === 1;
  }

  /** The keys of a removal. */
  #keysOf(node: string): readonly string[] {
    const { keys } = this.#ports;
    return [keys.nodes, keys.node(node), keys.shards, keys.noticeNumbers, keys.entriesOf(node), keys.connections(node)];
  }

  #beatSoon(ms: number): void {
    const { clock, logger } = this.#ports;
    clock.clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#due = clock.monotonic() + ms;
    this.#timer = clock.setTimeout(() => {
      this.beat().catch((error) => logger.debug({ err: error }, 'a beat was not answered'));
    }, ms);
  }

  async #beat(): Promise<void> {
    const { connection, keys, notices, clock, lease, report } = this.#ports;
    const sent = clock.monotonic();
    // A node that stood still for so long may have been given up.
    if (!this.isSure()) this.#steadySince = Number.POSITIVE_INFINITY;
    const { state, name, facts, figures } = report(this.#due === 0 ? 0 : Math.max(0, sent - this.#due));
    this.#beats += 1;
    const echo = String(this.#beats);
    let answer: unknown[];
    try {
      answer = (await connection.runScript(
        scripts.beat,
        [keys.nodes, keys.node(this.#self), keys.shards, keys.noticeNumbers],
        [
          this.#self,
          lease,
          keys.node(''),
          keys.notices(''),
          this.#isNew ? '1' : '',
          connection.publishCommand,
          state,
          name,
          facts,
          figures,
          echo,
        ],
      )) as unknown[];
    } catch (error) {
      this.#steadySince = Number.POSITIVE_INFINITY;
      throw error;
    }
    if (answer[0] === 'dead') return await this.#reborn();
    const [now, last, , nodes, shards] = answer as [string, number, string, SeenRow[], unknown];
    this.#isNew = false;
    this.#reading = { sent, received: clock.monotonic(), time: Number(now) };
    const wasSure = this.isSure();
    // Until then, the deadline in Redis is at least the margin away, whatever the way of this beat took.
    this.#sureUntil = sent + lease - MARGIN;
    if (this.#steadySince === Number.POSITIVE_INFINITY) this.#steadySince = sent;
    // The echo of this beat was published before its answer, on the same connection.
    this.#hasEcho = this.#heard === echo;
    notices.check(last);
    const view = readView(Number(now), nodes, shards);
    for (const listener of this.#viewers) listener(view);
    if (!wasSure && this.isSure()) for (const listener of this.#resumers) listener();
  }

  /** Goes on under a new id. What belonged to the old one is with others now. */
  async #reborn(): Promise<void> {
    const { logger, notices } = this.#ports;
    logger.warn({ id: this.#self }, 'other nodes took this one for dead; it goes on under a new id');
    this.#self = randomBytes(8).toString('hex');
    this.#isNew = true;
    this.#sureUntil = Number.NEGATIVE_INFINITY;
    for (const listener of this.#mourners) listener();
    await notices.listen(this.#self);
    await this.#beat();
  }
}

type SeenRow = readonly [id: string, deadline: string | number, state: NodeState, name: string];

function readView(now: number, rows: readonly SeenRow[], flat: unknown): ClusterView {
  const nodes = rows.map(([id, deadline, state, name]) => {
    const end = Number(deadline);
    return { id, leaseLeft: end === 0 ? undefined : end - now, isAlive: end > now, state, name };
  });
  const shards = new Map<number, { owner: string; fence: number }>();
  for (const [shard, value] of pairsOf(flat as string[])) {
    const at = value.lastIndexOf('|');
    shards.set(Number(shard), { owner: value.slice(0, at), fence: Number(value.slice(at + 1)) });
  }
  return { nodes, shards };
}
