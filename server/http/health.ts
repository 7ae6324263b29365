// Whether the relay can serve, for load balancers and people.
import type Router from '@koa/router';
import type { Context } from 'koa';

/** `uptime` in whole seconds; `queued` counts deliveries that are not settled. */
export interface Health {
  readonly status: 'ok' | 'draining';
  readonly version: string;
  readonly uptime: number;
  readonly queued: number;
}

/**
 * Adds the paths. `GET /health` and `GET /ready` answer 200 while it serves and 503 while it drains; `GET /up` answers 200 as
 * long as the process lives, in Laravel Reverb's words.
 */
export function addHealth(router: Router, health: () => Health): void {
  router.get(['/health', '/ready'], (context) => {
    const now = health();
    context.status = now.status === 'ok' ? 200 : 503;
    answer(context, now);
  });
  router.get('/up', (context) => answer(context, { health: 'OK' }));
}

function answer(context: Context, body: object): void {
  context.set('cache-control', 'no-store');
  context.body = body;
}
