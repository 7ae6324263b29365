// Closes a socket whose subscriptions could not be made, because the nodes that share the backend cannot be reached.
import type { MaybePromise } from '../../base/maybe-promise.ts';
import type { Socket } from '../dialect.ts';

/** RFC 6455's "try again later". */
const TRY_AGAIN = { code: 1013, reason: 'try again later' };

/** Closes the socket if one of the steps fails. @returns a promise if one of them is not done yet */
export function closeIfLost(
  socket: Pick<Socket, 'close'>,
  steps: readonly MaybePromise<unknown>[],
): void | Promise<void> {
  if (!steps.some((step) => step instanceof Promise)) return undefined;
  return Promise.all(steps).then(
    () => {},
    () => socket.close(TRY_AGAIN.code, TRY_AGAIN.reason),
  );
}
