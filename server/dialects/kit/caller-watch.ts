// What is opened with a credential ends with it: streams, and requests that are held open.
import type { Principal } from '../../access/principal.ts';

/** Tells when credentials end. */
interface CredentialEnds {
  /** Calls the listener whenever the tokens of a device end. */
  onRemoved(listener: (name: string) => void): void;
  /** Calls the listener when a key has ended, on any node, or its rights have changed. */
  onKeyEnded(listener: (name: string) => void): void;
  /** Calls the listener when what was opened with the token of the relay or of a device has to show one again. */
  onTokensEnded(listener: () => void): void;
}

/**
 * Calls a function when the credential of a caller has ended, or may have.
 * @returns a function that ends the watch; call it when what the caller has opened is over
 */
export type WatchCaller = (caller: Principal, ended: () => void) => () => void;

interface Watched {
  readonly caller: Principal;
  ended(): void;
}

/** Makes the watch of one room. */
export function createCallerWatch({ onRemoved, onKeyEnded, onTokensEnded }: CredentialEnds): WatchCaller {
  const open = new Set<Watched>();

  function tell(concerns: (caller: Principal) => boolean): void {
    // A watcher that is told ends its own watch.
    for (const { caller, ended } of [...open]) if (concerns(caller)) ended();
  }

  onRemoved((name) => tell((caller) => caller.kind === 'device' && caller.name === name));
  onKeyEnded((name) => tell(({ key }) => key?.name === name));
  onTokensEnded(() => tell(({ kind }) => kind === 'device' || kind === 'owner'));

  return (caller, ended) => {
    const watched: Watched = { caller, ended };
    open.add(watched);
    return () => void open.delete(watched);
  };
}
