// Which socket bears the name of a device. A name has one socket at a time, on whichever node.
import type { MaybePromise } from '../base/maybe-promise.ts';

/** A socket that bears a name. */
export interface NameHolder {
  /** The id of the socket. No two sockets of any nodes share it. */
  readonly id: string;
  /** Another socket bears the name now. */
  taken(): void;
  /** The device was removed. */
  removed(): void;
}

/** The sockets that bear names. */
export interface NameHolders {
  /**
   * Gives the holder a name. The one that had it is told that it is taken, on whichever node it is. Of two holders that take
   * a name at once, one is told. A holder may be told before this resolves. `release` ends it also before.
   */
  hold(name: string, holder: NameHolder): MaybePromise<void>;
  /** Gives a name up. Does nothing when another holder has it. Never fails: what cannot be told now is told later. */
  release(name: string, holder: NameHolder): void;
  /** The holder of a name, if it is on this node. */
  here(name: string): NameHolder | undefined;
}

/** Makes the names of one process. */
export function createLocalHolders(): NameHolders {
  const holders = new Map<string, NameHolder>();
  return {
    hold(name, holder) {
      const before = holders.get(name);
      holders.set(name, holder);
      if (before !== undefined && before !== holder) before.taken();
    },
    release(name, holder) {
      if (holders.get(name) === holder) holders.delete(name);
    },
    here: (name) => holders.get(name),
  };
}
