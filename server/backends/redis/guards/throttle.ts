// Wrong credentials of each network, on all nodes. Redis counts them, and the control log tells who is locked out. A node that
// missed it learns of it with the next wrong credential of the network.
import type { ThrottleStore } from '../../../access/guards.ts';
import { BoundedMap } from '../../../base/bounded-map.ts';
import { createListeners } from '../../../base/listeners.ts';
import { scripts } from '../scripts.ts';
import type { GuardPorts } from './ports.ts';

/** How many networks are counted at once. The one with the oldest count is dropped first. */
const MAX_NETWORKS = 10_000;

/** Makes the store. */
export function createRedisThrottle({
  connection,
  keys,
  control,
  clock,
  logger,
}: Omit<GuardPorts, 'lease'>): ThrottleStore {
  const lockouts = createListeners<[network: string, forMs: number]>((error) =>
    logger.error({ err: error }, 'listener fault'),
  );
  /** What was told already. */
  const told = new BoundedMap<string, true>(clock, { maxEntries: MAX_NETWORKS });

  function tell(network: string, forMs: number): void {
    if (forMs <= 0 || told.has(network)) return;
    told.set(network, true, { maxEntries: MAX_NETWORKS, ttl: forMs });
    lockouts.tell(network, forMs);
  }

  control.onEntry(({ kind, name, value }) => {
    if (kind === 'throttled') tell(name, Number(value));
  });

  return {
    async fail(network, value, limit, forMs) {
      const rest = await connection.runScript(
        scripts.fail,
        [keys.throttle(network), keys.throttled, keys.control],
        [keys.throttle(''), network, value, limit, Math.ceil(forMs), MAX_NETWORKS],
      );
      tell(network, Number(rest));
    },
    onLockout: lockouts.add,
  };
}
