// How many streams may be open, over all and for each address.
import { networkOf } from '../../access/network.ts';
import { RelayError } from '../../base/errors.ts';

/** The bounds. */
export interface StreamBounds {
  readonly maxListeners: number;
  readonly maxListenersPerAddress: number;
}

/** Gives out places for streams. */
export interface StreamPlaces {
  /**
   * Takes a place for a stream.
   * @returns a function that gives the place back; it may be called again without harm
   * @throws RelayError `too_many` if none is free, with the bound that is reached
   */
  take(address: string): () => void;
}

/** When to try again, in seconds. A stream may end at any time. */
const RETRY_AFTER = 10;

/** Makes the places of one kind of stream. @param section of the config that has the bounds, for the texts of refusals */
export function createStreamPlaces(
  { maxListeners, maxListenersPerAddress }: StreamBounds,
  section: string,
): StreamPlaces {
  /** Open streams by address, which never has more entries than there are streams. */
  const byAddress = new Map<string, number>();
  let open = 0;

  const refuse = (text: string, bound: string) =>
    new RelayError('too_many', `${text} (${section}.${bound})`, { retryAfter: RETRY_AFTER });

  return {
    take(address) {
      const network = networkOf(address);
      const own = byAddress.get(network) ?? 0;
      if (open >= maxListeners) throw refuse(`${maxListeners} streams are open, and no more may be`, 'maxListeners');
      if (own >= maxListenersPerAddress) {
        throw refuse(`${maxListenersPerAddress} streams are open from this address`, 'maxListenersPerAddress');
      }
      open += 1;
      byAddress.set(network, own + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        open -= 1;
        const left = (byAddress.get(network) ?? 1) - 1;
        if (left > 0) byAddress.set(network, left);
        else byAddress.delete(network);
      };
    },
  };
}
