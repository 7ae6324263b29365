// Wrappers that count messages and attempts. Used only when metrics are on.
import type { MessageLog, Outcome, Transport } from '../delivery/ports.ts';
import type { Metrics } from './metrics.ts';

/** Wraps the log to count the messages that it stores for at least one device. */
export function meteredLog(
  log: Pick<MessageLog, 'append'>,
  metrics: Pick<Metrics, 'accepted'>,
): Pick<MessageLog, 'append'> {
  return {
    async append(message, devices) {
      await log.append(message, devices);
      if (devices.length > 0) metrics.accepted();
    },
  };
}

/** Wraps a transport to count its attempts by outcome. */
export function meteredTransport(transport: Transport, metrics: Pick<Metrics, 'attempted' | 'knows'>): Transport {
  metrics.knows(transport);
  const { name, window, retry, awaitsAcknowledgement, statuses, windowBytes, grace } = transport;
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
            metrics.attempted(name, outcome.kind, attempts[2].length);
            return outcome;
          },
        }),
  };
}
