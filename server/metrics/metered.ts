// Wrappers that count messages, attempts and callers. Used only when metrics are on.
import type { Authenticator } from '../access/authenticator.ts';
import type { Principal } from '../access/principal.ts';
import type { MessageLog, Outcome, Transport } from '../delivery/ports.ts';
import type { Metrics } from './metrics.ts';

/** Wraps the log to count the messages that it stores for at least one device. */
export function meteredLog(
  log: Pick<MessageLog, 'accept'>,
  metrics: Pick<Metrics, 'accepted' | 'stale'>,
): Pick<MessageLog, 'accept'> {
  return {
    async accept(draft, devices, registry) {
      const accepted = await log.accept(draft, devices, registry);
      if (accepted === 'stale') metrics.stale();
      else if (accepted.isRepeat !== true && devices.length > accepted.full.length) metrics.accepted();
      return accepted;
    },
  };
}

/** Wraps the authenticator to count callers by their kind. */
export function meteredAccess(access: Authenticator, metrics: Pick<Metrics, 'called'>): Authenticator {
  function counted(found: Principal | Promise<Principal>): Principal | Promise<Principal> {
    if (!(found instanceof Promise)) {
      metrics.called(found.kind);
      return found;
    }
    return found.then(
      (caller) => {
        metrics.called(caller.kind);
        return caller;
      },
      (error) => {
        metrics.called('refused');
        throw error;
      },
    );
  }
  return {
    ...access,
    authenticate: (shown, source) => counted(access.authenticate(shown, source)),
    key: (shown, source) => counted(access.key(shown, source)),
    device: async (jwt, source) => counted(access.device(jwt, source)),
    isOwner(shown) {
      const isOwner = access.isOwner(shown);
      if (isOwner) metrics.called('owner');
      return isOwner;
    },
    refuse(shown, source, refusal) {
      metrics.called('refused');
      return access.refuse(shown, source, refusal);
    },
  };
}

/** Wraps a transport to count its attempts by outcome. */
export function meteredTransport(transport: Transport, metrics: Pick<Metrics, 'attempted' | 'knows'>): Transport {
  metrics.knows(transport);
  const { name, window, retry, awaitsAcknowledgement, statuses, windowBytes, grace, rings } = transport;
  const deliverAll = transport.deliverAll?.bind(transport);
  const count = ({ kind }: Outcome) => metrics.attempted(name, kind);
  return {
    name,
    window,
    retry,
    awaitsAcknowledgement,
    statuses,
    ...(windowBytes === undefined ? {} : { windowBytes }),
    ...(grace === undefined ? {} : { grace }),
    ...(rings === undefined ? {} : { rings }),
    checkAddress: (address) => transport.checkAddress?.(address),
    ...(transport.isThere === undefined ? {} : { isThere: (device) => transport.isThere?.(device) !== false }),
    caughtUp: (device) => transport.caughtUp?.(device),
    deliver(...attempt) {
      const outcome = transport.deliver(...attempt);
      // A rejection has no outcome to count. The caller handles it.
      if (outcome instanceof Promise) outcome.then(count, () => {});
      else count(outcome);
      return outcome;
    },
    ...(deliverAll === undefined
      ? {}
      : {
          deliverAll(...attempts) {
            const outcome = deliverAll(...attempts);
            const countAll = ({ kind }: Outcome) => metrics.attempted(name, kind, attempts[2].length);
            if (outcome instanceof Promise) outcome.then(countAll, () => {});
            else countAll(outcome);
            return outcome;
          },
        }),
  };
}
