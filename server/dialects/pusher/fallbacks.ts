// What SDKs try where they cannot open a WebSocket: SockJS, and requests over HTTP that last. Here there is nothing of it.
import type Router from '@koa/router';
import { RelayError } from '../../base/errors.ts';
import { refuse } from './api/http.ts';
import type { PusherPorts } from './ports.ts';

/** Adds the routes, after all others below `/pusher`: so that an SDK hears of no path, and not of a missing token. */
export function addFallbacks(router: Router, ports: Pick<PusherPorts, 'logger'>): void {
  router.all(/^\/pusher(?:\/.*)?$/, (context) => {
    refuse(context, new RelayError('not_found', 'no such path'), ports);
  });
}
