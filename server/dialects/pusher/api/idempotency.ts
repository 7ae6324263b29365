// Requests that a sender repeats because the answer was lost. With an `Idempotency-Key` the relay repeats its answer and
// publishes nothing.
import { BoundedMap } from '../../../base/bounded-map.ts';
import { sha256 } from '../../../base/digest.ts';
import { RelayError } from '../../../base/errors.ts';
import type { App } from '../../../channel/app.ts';
import type { PusherPorts } from '../ports.ts';
import type { ApiRequest } from './request.ts';

/** How long an answer is kept, in ms. */
const KEPT_MS = 600_000;
/** How many answers are kept for one app. */
const MAX_KEPT = 10_000;
/** Longest key, in characters. */
const MAX_KEY = 255;

interface Kept {
  readonly digest: string;
  readonly answer: object;
}

/** The part of a request that stays the same when it is repeated. Its signature differs each time. */
type Content = Pick<ApiRequest, 'query' | 'body'>;

/** The answers to requests that may be repeated. */
export interface Idempotency {
  /**
   * Returns the kept answer to an earlier request with this key. Otherwise calls `run` and keeps its answer, unless it throws.
   * @param scope the endpoint of the app
   * @param key the header; `''` when there is none
   * @throws RelayError `invalid` when the key was used for another request
   */
  once(app: App, scope: string, key: string, request: Content, run: () => object): object;
}

/** What {@link createIdempotency} needs. */
export interface IdempotencyPorts {
  readonly apps: Pick<PusherPorts['apps'], 'onChange'>;
  readonly clock: PusherPorts['clock'];
}

/** Makes the store of answers of one relay. It is bounded per app, so that no app pushes out the answers of another. */
export function createIdempotency({ apps, clock }: IdempotencyPorts): Idempotency {
  const keptByApp = new Map<string, BoundedMap<string, Kept>>();
  apps.onChange((id, app) => {
    if (app === undefined) keptByApp.delete(id);
  });

  function keptOf({ id }: App): BoundedMap<string, Kept> {
    const known = keptByApp.get(id) ?? new BoundedMap(clock, { maxEntries: MAX_KEPT, ttl: KEPT_MS });
    keptByApp.set(id, known);
    return known;
  }

  return {
    once(app, scope, key, { query, body }, run) {
      if (key === '') return run();
      if (key.length > MAX_KEY) throw new RelayError('invalid', `Idempotency-Key is longer than ${MAX_KEY} characters`);
      const kept = keptOf(app);
      const id = `${scope}\n${key}`;
      const digest = sha256(`${JSON.stringify(query)}\n`, body).toString('base64');
      const before = kept.get(id);
      if (before !== undefined) {
        if (before.digest === digest) return before.answer;
        throw new RelayError('invalid', 'this Idempotency-Key was used for another request');
      }
      const answer = run();
      kept.set(id, { digest, answer });
      return answer;
    },
  };
}
