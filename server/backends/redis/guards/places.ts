// The connections of each app, on all nodes. Each node says how many it has in one hash of its own, which goes with its record
// when the node is dead.
import type { PlaceStore } from '../../../access/guards.ts';
import { RedisError } from '../errors.ts';
import { scripts } from '../scripts.ts';
import type { GuardPorts } from './ports.ts';

interface Wanted {
  readonly most: number | null;
  resolve(isTaken: boolean): void;
  reject(error: unknown): void;
}

/** The places of one app on this node. */
interface Places {
  count: number;
  /** Takers that wait: those of one round trip are one step. */
  waiting: Wanted[];
  isRunning: boolean;
  /** Whether Redis may have another number. */
  isDirty: boolean;
}

/** Makes the store of one node. */
export function createRedisPlaces({ connection, keys, lease, patience, logger }: GuardPorts): PlaceStore {
  const byApp = new Map<string, Places>();

  function placesOf(app: string): Places {
    const known = byApp.get(app);
    if (known !== undefined) return known;
    const made = { count: 0, waiting: [], isRunning: false, isDirty: false };
    byApp.set(app, made);
    return made;
  }

  /** Says how many this node has, and asks for more. Resolves to how many more it has. */
  async function say(app: string, count: number, wanted: number, most: number | null): Promise<number> {
    const self = lease.self;
    const answer = await connection.runScript(
      scripts.place,
      [keys.nodes, keys.connections(self)],
      [keys.connections(''), self, app, count, wanted, most ?? ''],
    );
    if (answer === -1) throw new RedisError('unreachable', false);
    return Number(answer);
  }

  async function step(app: string, places: Places): Promise<void> {
    const takers = places.waiting;
    places.waiting = [];
    places.isDirty = false;
    try {
      const taken = await say(app, places.count, takers.length, takers.at(-1)?.most ?? null);
      places.count += taken;
      for (const [at, { resolve }] of takers.entries()) resolve(at < taken);
    } catch (error) {
      // Redis may have given places that no one has.
      places.isDirty = true;
      for (const { reject } of takers) reject(error);
      throw error;
    }
  }

  async function run(app: string, places: Places): Promise<void> {
    if (places.isRunning) return;
    places.isRunning = true;
    try {
      while (places.isDirty || places.waiting.length > 0) await step(app, places);
      if (places.count === 0) byApp.delete(app);
    } catch (error) {
      logger.debug(
        { err: error, app },
        'the connections of an app could not be counted; trying again with the next beat',
      );
      for (const { reject } of places.waiting.splice(0)) reject(error);
    } finally {
      places.isRunning = false;
    }
  }

  function change(app: string, places: Places, by: number): void {
    places.count += by;
    places.isDirty = true;
    void run(app, places);
  }

  lease.onResumed(() => {
    for (const [app, places] of byApp) change(app, places, 0);
  });
  lease.onView(() => {
    for (const [app, places] of byApp) if (places.isDirty) void run(app, places);
  });

  return {
    take(app, most) {
      if (most === null) {
        change(app, placesOf(app), 1);
        return true;
      }
      return patience.of(
        () =>
          new Promise<boolean>((resolve, reject) => {
            const places = placesOf(app);
            places.waiting.push({ most, resolve, reject });
            void run(app, places);
          }),
      );
    },
    give(app) {
      const places = byApp.get(app);
      if (places !== undefined) change(app, places, -1);
    },
    async count(app) {
      const nodes = (await connection.send(['ZRANGEBYSCORE', keys.nodes, '(0', '+inf'])) as string[];
      const others = nodes.filter((node) => node !== lease.self);
      const counts = await Promise.all(others.map((node) => connection.send(['HGET', keys.connections(node), app])));
      return counts.reduce<number>((sum, count) => sum + Number(count ?? 0), byApp.get(app)?.count ?? 0);
    },
    *taken() {
      for (const [app, { count }] of byApp) if (count > 0) yield [app, count];
    },
  };
}
