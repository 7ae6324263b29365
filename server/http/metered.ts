// Parts of the relay that count what goes through them; used only where metrics are switched on.
import type { Bus } from '../bus.ts';
import type { Outcome, Transport } from '../delivery/ports.ts';
import type { Metrics } from './metrics.ts';

/** The bus, counting events and the subscriptions of this node that they go to. */
export function meteredBus<Event>(
  bus: Bus<Event>,
  metrics: Pick<Metrics, 'published'>,
  subscriptions: (app: string, channel: string) => number,
): Bus<Event> {
  return {
    subscribe: (receive) => bus.subscribe(receive),
    publish(envelope) {
      let count = 0;
      for (const channel of envelope.channels) count += subscriptions(envelope.app, channel);
      metrics.published(envelope.app, count);
      bus.publish(envelope);
    },
  };
}

/** The transport, counting its attempts by what became of them. */
export function meteredTransport(transport: Transport, metrics: Pick<Metrics, 'attempted'>): Transport {
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
