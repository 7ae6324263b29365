// Which socket bears the name of a device, on all nodes: Redis has the last that took it, and tells the one before. What this
// node has is said again after each doubt.
import type { NameHolder, NameHolders } from '../../access/name-holders.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConnection } from './connection.ts';
import { RedisError } from './errors.ts';
import type { Keys } from './keys.ts';
import type { Lease } from './lease.ts';
import { NOTICE, type Notices } from './notices.ts';
import type { Patience } from './patience.ts';
import { scripts } from './scripts.ts';

/** What the names work with. */
export interface NameHolderPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly notices: Pick<Notices, 'on' | 'onLost'>;
  readonly lease: Pick<Lease, 'self' | 'onView' | 'onResumed'>;
  /** While Redis is away, sockets that take a name wait. */
  readonly patience: Pick<Patience, 'of'>;
  readonly logger: Logger;
}

/** The names of one node. */
export interface RedisNameHolders extends NameHolders {
  /** Takes all names from a dead node that has been condemned. */
  reap(node: string): Promise<void>;
}

/** A socket of this node that bears a name, or is about to. */
interface Bearer {
  readonly name: string;
  readonly holder: NameHolder;
  /** Whether Redis has answered. */
  isSure: boolean;
}

/** The most names of one step. */
const PAGE = 200;

const textOf = (name: string, socket: string) => `${socket}\n${name}`;

/** Makes the names of one node. */
export function createRedisNameHolders(ports: NameHolderPorts): RedisNameHolders {
  const { connection, keys, notices, lease, patience, logger } = ports;
  const bearers = new Map<string, Bearer>();
  const current = new Map<string, NameHolder>();
  /** Names that sockets gave up while Redis was away. No socket takes a name meanwhile, so there are not many. */
  const owed = new Map<string, readonly [name: string, socket: string]>();
  /** Whether others may have taken names without telling this node. */
  let isInDoubt = false;
  let isSettling = false;

  /** Ends the local side. Returns whether the socket bore the name. */
  function drop(name: string, socket: string): NameHolder | undefined {
    const bearer = bearers.get(textOf(name, socket));
    bearers.delete(textOf(name, socket));
    if (current.get(name)?.id === socket) current.delete(name);
    return bearer?.holder;
  }

  notices.on(NOTICE.taken, ([name = '', socket = '']) => drop(name, socket)?.taken());

  /** Says who bears names. Resolves to whether each has it. */
  async function say(rows: readonly (readonly [name: string, socket: string])[], mode: '' | 'again') {
    const answer = (await connection.runScript(
      scripts.hold,
      [keys.nodes, keys.holders, keys.noticeNumbers],
      [keys.notices(''), lease.self, mode, ...rows.flat()],
    )) as [string, ...number[]];
    if (answer[0] === 'dead') throw new RedisError('unreachable', false);
    return answer.slice(1).map((has) => has === 1);
  }

  async function giveBack(rows: readonly (readonly [name: string, socket: string])[]): Promise<void> {
    for (const [name, socket] of rows) owed.set(textOf(name, socket), [name, socket]);
    await connection.runScript(scripts.unhold, [keys.nodes, keys.holders], ['', ...rows.flat()]);
    for (const [name, socket] of rows) owed.delete(textOf(name, socket));
  }

  async function sayAgain(): Promise<void> {
    const sure = [...bearers.values()].filter(({ isSure }) => isSure);
    for (let start = 0; start < sure.length; start += PAGE) {
      const page = sure.slice(start, start + PAGE).filter(({ name, holder }) => bearers.has(textOf(name, holder.id)));
      const have = await say(
        page.map(({ name, holder }) => [name, holder.id] as const),
        'again',
      );
      for (const [at, { name, holder }] of page.entries()) if (have[at] === false) drop(name, holder.id)?.taken();
    }
  }

  /** Tells Redis what it missed, and asks for what this node missed. */
  async function settle(): Promise<void> {
    if (isSettling) return;
    isSettling = true;
    try {
      while (owed.size > 0) await giveBack([...owed.values()].slice(0, PAGE));
      while (isInDoubt) {
        isInDoubt = false;
        await sayAgain();
      }
    } catch (error) {
      isInDoubt = true;
      logger.debug({ err: error }, 'the names of this node cannot be said again; trying with the next beat');
    } finally {
      isSettling = false;
    }
  }

  function doubt(): void {
    isInDoubt = true;
    void settle();
  }

  notices.onLost(doubt);
  lease.onResumed(doubt);
  lease.onView(() => {
    if (isInDoubt || owed.size > 0) void settle();
  });

  return {
    async hold(name, holder) {
      const text = textOf(name, holder.id);
      const bearer = { name, holder, isSure: false };
      bearers.set(text, bearer);
      owed.delete(text);
      try {
        await patience.of(async () => {
          // A socket that has closed meanwhile would take the name from a newer one.
          if (bearers.get(text) === bearer) await say([[name, holder.id]], '');
        });
      } catch (error) {
        drop(name, holder.id);
        // Redis may have it all the same.
        owed.set(text, [name, holder.id]);
        throw error;
      }
      // It may have been taken or given up before the answer came.
      if (bearers.get(text) !== bearer) return;
      bearer.isSure = true;
      current.set(name, holder);
    },

    release(name, holder) {
      if (drop(name, holder.id) === undefined) return;
      giveBack([[name, holder.id]]).catch((error) =>
        logger.debug({ err: error, name }, 'a name could not be given up; trying again'),
      );
    },

    here: (name) => current.get(name),

    async reap(dead) {
      let cursor = '0';
      do {
        const page = (await connection.send(['HSCAN', keys.holders, cursor, 'COUNT', String(PAGE)])) as [
          string,
          string[],
        ];
        const rows: string[] = [];
        for (let at = 0; at < page[1].length; at += 2) {
          const [name = '', bearer = ''] = page[1].slice(at, at + 2).map(String);
          if (bearer.startsWith(`${dead}:`)) rows.push(name, bearer.slice(dead.length + 1));
        }
        if (rows.length > 0) await connection.runScript(scripts.unhold, [keys.nodes, keys.holders], [dead, ...rows]);
        cursor = String(page[0]);
      } while (cursor !== '0');
    },
  };
}
