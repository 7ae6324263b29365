// Parts of the relay that count what goes through them; used only where metrics are switched on.
import type { MessageLog, Outcome, Transport } from '../delivery/ports.ts';
import type { Metrics } from './metrics.ts';

/** The way into the log, counting the messages that it keeps for anybody. */
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

/** The transport, counting its attempts by what became of them. */
export function meteredTransport(transport: Transport, metrics: Pick<Metrics, 'attempted' | 'knows'>): Transport {
  metrics.knows(transport);
  const count = ({ kind }: Outcome) => metrics.attempted(transport.name, kind);
  const deliver: Transport['deliver'] = (...attempt) => {
    const outcome = transport.deliver(...attempt);
    // A failure is the caller's to see; here it is none of the outcomes.
    if (outcome instanceof Promise) outcome.then(count, () => {});
    else count(outcome);
    return outcome;
  };
  return Object.assign(Object.create(transport) as Transport, { deliver });
}
