// The guards of one process, in memory. A restart forgets them.
import {
  ANSWER_BOUNDS,
  type AnswerStore,
  type Guards,
  type KeptAnswer,
  type LoginStore,
  PAIRING_BOUNDS,
  type Pairing,
  type PairingStore,
  type PlaceStore,
  type RateStore,
  type ThrottleStore,
} from '../access/guards.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import { type BucketSize, TokenBucket } from '../base/token-bucket.ts';

type Monotonic = Pick<Clock, 'monotonic'>;

/** Makes the guards. */
export function createMemoryGuards(clock: Monotonic): Guards {
  return {
    throttle: createThrottleStore(clock),
    pairings: createPairingStore(clock),
    answers: createAnswerStore(clock),
    rates: createRateStore(clock),
    places: createPlaceStore(),
    logins: createLoginStore(clock),
  };
}

/** How many networks are counted at once. The one with the oldest count is dropped first. */
const MAX_NETWORKS = 10_000;

function createThrottleStore(clock: Monotonic): ThrottleStore {
  const wrong = new BoundedMap<string, Set<string>>(clock, { maxEntries: MAX_NETWORKS });
  const listeners: ((network: string, forMs: number) => void)[] = [];
  return {
    fail(network, value, limit, forMs) {
      const known = wrong.get(network);
      const values = known ?? new Set();
      if (known === undefined) wrong.set(network, values, { maxEntries: MAX_NETWORKS, ttl: forMs });
      if (values.size >= limit || values.has(value)) return;
      values.add(value);
      if (values.size < limit) return;
      const rest = wrong.remaining(network) ?? forMs;
      for (const listener of listeners) listener(network, rest);
    },
    onLockout: (listener) => void listeners.push(listener),
  };
}

interface Code extends Pairing {
  /** A reading of the monotonic clock, because a code must not live longer when someone sets the machine's clock back. */
  readonly endsAt: number;
  isClaimed: boolean;
}

function createPairingStore(clock: Monotonic): PairingStore {
  /** Oldest first. */
  const codes = new Map<string, Code>();

  function find(code: string): Code | undefined {
    const found = codes.get(code);
    return found !== undefined && found.endsAt > clock.monotonic() ? found : undefined;
  }

  /** Ends the oldest of the selected codes until there is room for one more. */
  function makeRoom(most: number, selects: (code: Code) => boolean): void {
    const selected = [...codes].filter(([, code]) => selects(code));
    for (const [name] of selected.slice(0, Math.max(0, selected.length - most + 1))) codes.delete(name);
  }

  return {
    add(name, pairing) {
      const { by } = pairing;
      const now = clock.monotonic();
      for (const [code, { endsAt }] of codes) if (endsAt <= now) codes.delete(code);
      const { ofOwner, ofDevice, ofDevices, lifetime } = PAIRING_BOUNDS;
      makeRoom(by === undefined ? ofOwner : ofDevice, (code) => code.by === by);
      if (by !== undefined) makeRoom(ofDevices, (code) => code.by !== undefined);
      codes.set(name, { ...pairing, endsAt: now + lifetime, isClaimed: false });
    },
    find,
    claim(code) {
      const found = find(code);
      if (found === undefined || found.isClaimed) return undefined;
      found.isClaimed = true;
      return found;
    },
    // A code that expires while it is used still counts.
    stands: (code) => codes.has(code),
    release(code) {
      const found = codes.get(code);
      if (found !== undefined) found.isClaimed = false;
    },
    end: (code) => void codes.delete(code),
    endOf(device) {
      for (const [code, { by }] of codes) if (by === device) codes.delete(code);
    },
  };
}

interface Answers {
  readonly kept: BoundedMap<string, KeptAnswer>;
  readonly claimed: Set<string>;
}

/** Bounded per app, so that no app pushes out the answers of another. */
function createAnswerStore(clock: Monotonic): AnswerStore {
  const byApp = new Map<string, Answers>();
  return {
    claim(app, request) {
      const { ofApp: maxEntries, lifetime: ttl } = ANSWER_BOUNDS;
      const known = byApp.get(app);
      const { kept, claimed } = known ?? { kept: new BoundedMap(clock, { maxEntries, ttl }), claimed: new Set() };
      if (known === undefined) byApp.set(app, { kept, claimed });
      const answer = kept.get(request);
      if (answer !== undefined) return answer;
      if (claimed.has(request)) return 'busy';
      claimed.add(request);
      return 'new';
    },
    keep(app, request, answer) {
      byApp.get(app)?.claimed.delete(request);
      byApp.get(app)?.kept.set(request, answer);
    },
    release: (app, request) => void byApp.get(app)?.claimed.delete(request),
    forget: (app) => void byApp.delete(app),
  };
}

function createRateStore(clock: Monotonic): RateStore {
  const buckets = new Map<string, WeakMap<object, TokenBucket>>();

  function bucketOf(app: object, rate: string, size: BucketSize, now: number): TokenBucket {
    const ofApps = buckets.get(rate) ?? new WeakMap<object, TokenBucket>();
    buckets.set(rate, ofApps);
    const known = ofApps.get(app);
    if (known !== undefined) return known;
    const made = new TokenBucket(size, now);
    ofApps.set(app, made);
    return made;
  }

  return {
    take(app, rate, perSecond, count, burst = perSecond) {
      const now = clock.monotonic();
      const bucket = bucketOf(app, rate, { burst, perSecond }, now);
      const isTaken = bucket.tryTake(now, count);
      return { left: bucket.level, wait: isTaken ? 0 : bucket.wait(count) };
    },
  };
}

function createPlaceStore(): PlaceStore {
  const counts = new Map<string, number>();
  return {
    take(app, most) {
      const count = counts.get(app) ?? 0;
      if (most !== null && count >= most) return false;
      counts.set(app, count + 1);
      return true;
    },
    give(app) {
      const count = (counts.get(app) ?? 0) - 1;
      if (count > 0) counts.set(app, count);
      else counts.delete(app);
    },
    count: (app) => counts.get(app) ?? 0,
    taken: () => counts,
  };
}

function createLoginStore(clock: Monotonic): LoginStore {
  const logins = new BoundedMap<string, string>(clock, { maxEntries: Number.POSITIVE_INFINITY });
  return {
    put: (token, text, { most, forMs }) => logins.set(token, text, { maxEntries: most, ttl: forMs }),
    get: (token) => logins.get(token),
  };
}
