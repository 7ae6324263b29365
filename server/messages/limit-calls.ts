// Limits how many callbacks of one sender are under way at once.
import type { CallbackCall } from './answer-state.ts';

/** The result of a call: the address took it, or the reason why not, and how long it wants to be left alone, in ms. */
export type CallResult = 'taken' | { readonly reason: string; readonly after?: number | undefined };

/**
 * Calls of one sender at once, per node. An address may take long to answer, and each call holds one of the jobs that a node
 * runs at once: the rounds of emergencies need them, too.
 */
const CALLS_AT_ONCE = 10;

/** Calls an address for a sender, unless too many calls for that sender are under way. */
export function limitCalls(
  call: (made: CallbackCall) => Promise<CallResult>,
): (sender: string, made: CallbackCall) => Promise<CallResult> {
  const underWay = new Map<string, number>();
  return async (sender, made) => {
    const own = underWay.get(sender) ?? 0;
    if (own >= CALLS_AT_ONCE) return { reason: 'other callbacks of the sender are under way' };
    underWay.set(sender, own + 1);
    try {
      return await call(made);
    } finally {
      const left = (underWay.get(sender) ?? 1) - 1;
      if (left === 0) underWay.delete(sender);
      else underWay.set(sender, left);
    }
  };
}
