// Wrappers that count messages and attempts. Used only when metrics are on.
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
