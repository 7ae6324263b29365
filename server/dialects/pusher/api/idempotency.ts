// Requests that a sender repeats because the answer was lost. With an `Idempotency-Key` the relay repeats its answer and
// publishes nothing.

import type { KeptAnswer } from '../../../access/guards.ts';
import { sha256 } from '../../../base/digest.ts';
import { RelayError } from '../../../base/errors.ts';
import type { MaybePromise } from '../../../base/maybe-promise.ts';
import type { App } from '../../../channel/app.ts';
import type { PusherPorts } from '../ports.ts';
import type { ApiRequest } from './request.ts';

/** Longest key, in characters. */
const MAX_KEY = 255;

/** The part of a request that stays the same when it is repeated. Its signature differs each time. */
type Content = Pick<ApiRequest, 'query' | 'body'>;

/** The answers to requests that may be repeated. */
export interface Idempotency {
  /**
   * Returns the kept answer to an earlier request with this key. Otherwise calls `run` and keeps its answer, unless it throws.
   * Returns a promise only if `run` does, or if answers are kept elsewhere.
   * @param scope the endpoint of the app
   * @param key the header, not empty
   * @throws RelayError `invalid` when the key was used for another request, `unavailable` while the same request is under way
   */
  once(app: App, scope: string, key: string, request: Content, run: () => MaybePromise<string>): MaybePromise<string>;
}

/** What {@link createIdempotency} needs. */
export interface IdempotencyPorts {
  readonly apps: Pick<PusherPorts['apps'], 'onChange'>;
  readonly logger: PusherPorts['logger'];
  readonly guards: Pick<PusherPorts['guards'], 'answers'>;
}

/** Makes the memory of answers. */
export function createIdempotency({ apps, logger, guards: { answers } }: IdempotencyPorts): Idempotency {
  /** Goes on without a change of the store if that fails. */
  function attempt(change: MaybePromise<void>, app: string): undefined | Promise<void> {
    return change?.catch((error: unknown) => logger.warn({ app, err: error }, 'an answer could not be kept'));
  }

  apps.onChange((id, app) => {
    if (app === undefined) void attempt(answers.forget(id), id);
  });

  return {
    once({ id: app }, scope, key, { query, body }, run) {
      if (key.length > MAX_KEY) throw new RelayError('invalid', `Idempotency-Key is longer than ${MAX_KEY} characters`);
      const request = `${scope}\n${key}`;
      const digest = sha256(`${JSON.stringify(query)}\n`, body).toString('base64');

      /** Keeps the answer. The request has had its effect, so it succeeds even if that fails. */
      function keep(answer: string): MaybePromise<string> {
        return attempt(answers.keep(app, request, { digest, answer }), app)?.then(() => answer) ?? answer;
      }

      async function fail(error: unknown): Promise<never> {
        await attempt(answers.release(app, request), app);
        throw error;
      }

      function proceed(claim: KeptAnswer | 'new' | 'busy'): MaybePromise<string> {
        if (claim === 'busy') {
          throw new RelayError('unavailable', 'a request with this Idempotency-Key is under way', { retryAfter: 1 });
        }
        if (claim !== 'new') {
          if (claim.digest === digest) return claim.answer;
          throw new RelayError('invalid', 'this Idempotency-Key was used for another request');
        }
        let answer: MaybePromise<string>;
        try {
          answer = run();
        } catch (error) {
          const released = attempt(answers.release(app, request), app);
          if (released === undefined) throw error;
          return released.then(() => Promise.reject(error));
        }
        return answer instanceof Promise ? answer.then(keep, fail) : keep(answer);
      }

      const claim = answers.claim(app, request);
      return claim instanceof Promise ? claim.then(proceed) : proceed(claim);
    },
  };
}
