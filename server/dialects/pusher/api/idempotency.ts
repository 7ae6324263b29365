// Triggers that are repeated because their answer was lost: with an `Idempotency-Key` they are answered and not published.
import { BoundedMap } from '../../../base/bounded-map.ts';
import { sha256 } from '../../../base/digest.ts';
import { RelayError } from '../../../base/errors.ts';
import type { App } from '../../../channel/app.ts';
import type { PusherPorts } from '../ports.ts';
import type { ApiRequest } from './request.ts';

/** How long an answer is kept, in ms, and how many of one app are. */
const KEPT_MS = 600_000;
const MAX_KEPT = 10_000;
const MAX_KEY = 255;

interface Kept {
  readonly digest: string;
  readonly answer: object;
}

/** What a request says. Its proof is another one at each repetition. */
type Said = Pick<ApiRequest, 'query' | 'body'>;

/** The answers to triggers that may be repeated. */
export interface Idempotency {
  /**
   * The answer of an earlier request with this key, or that of `run`, which is kept unless it throws.
   * @param scope what of the app the request is sent to
   * @param key as the header has it; `''` when there is none
   * @throws RelayError `invalid` when the key was used for another request
   */
  once(app: App, scope: string, key: string, request: Said, run: () => object): object;
}

/** What remembering takes. */
export interface IdempotencyPorts {
  readonly apps: Pick<PusherPorts['apps'], 'onChange'>;
  readonly clock: PusherPorts['clock'];
}

/** Makes the memory of one relay. Bounded in number and age for each app, so that none is forgotten for another's sake. */
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
