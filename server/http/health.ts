// Whether the relay can serve, for load balancers and people.
import type { StorageHealth } from '../backends/backend.ts';
import type { Answer } from '../dialects/kit/http-message.ts';
import { json } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';
import type { SharedRedis } from '../nodes.ts';

/** `uptime` in whole seconds; `queued` counts deliveries that are not settled. */
export interface Health {
  /** `starting`: the node has no share of the work yet. `degraded`: it is cut off from Redis. */
  readonly status: 'ok' | 'starting' | 'degraded' | 'draining';
  readonly version: string;
  readonly uptime: number;
  readonly queued: number;
  /** Live nodes, as far as this one knows. */
  readonly nodes: number;
  /** Absent if the relay has no Redis. */
  readonly redis?: 'ok' | 'unreachable';
}

/** The same, and whether the stored data is damaged. The relay keeps running without the data that it cannot read. */
export interface Readiness extends Health {
  readonly storage: StorageHealth;
}

const NO_STORE = { 'cache-control': 'no-store' };

/** The same as Gotify's programs read it. A sender of logs sends nothing unless both are green. */
function colorsOf({ status, redis }: Health): { readonly health: string; readonly database: string } {
  const health = status === 'ok' ? 'green' : status === 'draining' ? 'red' : 'orange';
  return { health, database: redis === 'unreachable' ? 'red' : 'green' };
}

/** The status of a node, and how it stands with Redis if it has one. */
export function statusOf(
  redis: Pick<SharedRedis, 'isReachable' | 'hasShare'> | undefined,
  draining: boolean,
): Pick<Health, 'status' | 'redis'> {
  if (redis === undefined) return { status: draining ? 'draining' : 'ok' };
  const isReachable = redis.isReachable();
  const status = draining ? 'draining' : !isReachable ? 'degraded' : !redis.hasShare() ? 'starting' : 'ok';
  return { status, redis: isReachable ? 'ok' : 'unreachable' };
}

/**
 * `GET /health` and `GET /ready` answer 200 while the relay serves, and 503 while it starts, drains or is cut off from
 * Redis. `/ready` also reports damaged storage. `GET /up` answers 200 as long as the process lives, in the form of Laravel Reverb.
 */
export function healthRoutes(health: () => Readiness): Route[] {
  const get = (pattern: string, answer: () => Answer): Route => ({ method: 'GET', pattern, limit: 0, answer });
  const state = (showsDamage: boolean) => () => {
    const { storage, ...now } = health();
    const shown = showsDamage && storage.status === 'damaged' ? { ...now, storage } : now;
    return json({ ...shown, ...colorsOf(now) }, now.status === 'ok' ? 200 : 503, NO_STORE);
  };
  return [
    get('/health', state(false)),
    get('/ready', state(true)),
    get('/up', () => json({ health: 'OK' }, 200, NO_STORE)),
  ];
}
