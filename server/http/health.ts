// GET /health: whether the relay can serve, for load balancers and people.
import type { Context } from 'koa';

/** `uptime` in whole seconds; `queued` counts deliveries that are not settled. */
export interface Health {
  readonly status: 'ok' | 'draining';
  readonly version: string;
  readonly uptime: number;
  readonly queued: number;
}

/** 200 while it serves, 503 while it drains. */
export function healthRoute(health: () => Health): (context: Context) => void {
  return (context) => {
    const now = health();
    context.status = now.status === 'ok' ? 200 : 503;
    context.set('cache-control', 'no-store');
    context.body = now;
  };
}
