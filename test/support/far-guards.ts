// Guards that answer like those of a store on another machine: later, in the order in which they were asked, or not at all.

import type { Guards } from '../../server/access/guards.ts';
import { RelayError } from '../../server/base/errors.ts';
import type { MaybePromise } from '../../server/base/maybe-promise.ts';

/** Guards that a test holds back or cuts off. */
export interface FarGuards {
  readonly guards: Guards;
  /** Holds back all answers until the returned function is called. */
  hold(): () => void;
  /** Whether the store cannot be reached. */
  isGone: boolean;
  /** How many answers it gave. */
  answers: number;
}

/** Puts a distance before guards of this process. */
export function farGuards({ throttle, pairings, answers, rates, places, logins }: Guards): FarGuards {
  let held: Promise<void> | undefined;
  const far =
    <Args extends unknown[], T>(call: (...args: Args) => MaybePromise<T>) =>
    async (...args: Args): Promise<T> => {
      await held;
      if (self.isGone) throw new RelayError('unavailable', 'the store cannot be reached', { retryAfter: 1 });
      self.answers += 1;
      return call(...args);
    };
  const self: FarGuards = {
    isGone: false,
    answers: 0,
    hold() {
      let release = () => {};
      held = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    guards: {
      throttle: { ...throttle, fail: far(throttle.fail) },
      pairings: {
        add: far(pairings.add),
        find: far(pairings.find),
        claim: far(pairings.claim),
        stands: far(pairings.stands),
        release: far(pairings.release),
        end: far(pairings.end),
        endOf: far(pairings.endOf),
      },
      answers: {
        claim: far(answers.claim),
        keep: far(answers.keep),
        release: far(answers.release),
        forget: far(answers.forget),
      },
      rates: { take: far(rates.take) },
      places: { ...places, take: far(places.take), count: far(places.count) },
      logins: { put: far(logins.put), get: far(logins.get) },
    },
  };
  return self;
}
