// Whether the relay can serve, for load balancers and people.
import type { Answer } from '../dialects/kit/http-message.ts';
import { json } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';

/** `uptime` in whole seconds; `queued` counts deliveries that are not settled. */
export interface Health {
  readonly status: 'ok' | 'draining';
  readonly version: string;
  readonly uptime: number;
  readonly queued: number;
}

const NO_STORE = { 'cache-control': 'no-store' };

/**
 * `GET /health` and `GET /ready` answer 200 while the relay serves and 503 while it drains. `GET /up` answers 200 as long as
 * the process lives, in Laravel Reverb's words.
 */
export function healthRoutes(health: () => Health): Route[] {
  const get = (pattern: string, answer: () => Answer): Route => ({ method: 'GET', pattern, limit: 0, answer });
  const state = () => {
    const now = health();
    return json(now, now.status === 'ok' ? 200 : 503, NO_STORE);
  };
  return [get('/health', state), get('/ready', state), get('/up', () => json({ health: 'OK' }, 200, NO_STORE))];
}
