// Sends that reach no device, such as one with a typo in the name: a warning for the log and a hint for the sender.
import type { SendType } from '../../shared/message.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { nearest } from '../base/nearest.ts';

/** What {@link createUnknownTargets} needs. */
export interface UnknownTargetsPorts {
  readonly devices: {
    list(): readonly { readonly name: string }[];
    groups(): readonly string[];
  };
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly logger: Logger;
}

/** One warning a minute for each name, so that a cron job with a typo does not fill the log. */
const QUIET = { maxEntries: 1000, ttl: 60_000 };

/** Logs a warning about a send that reaches no device. @returns a sentence that tells the sender what to do */
export type UnknownTargets = (sendType: SendType, target: string) => string;

/** Makes the warnings of one relay. */
export function createUnknownTargets({ devices, clock, logger }: UnknownTargetsPorts): UnknownTargets {
  /** Names with a recent warning. */
  const warned = new BoundedMap<string, true>(clock, QUIET);

  return (sendType, target) => {
    const isDevice = sendType === 'personal';
    const names = devices.list().map(({ name }) => name);
    const close = nearest(target, isDevice ? names : devices.groups());
    const key = `${sendType} ${target}`;
    if (!warned.has(key)) {
      warned.set(key, true);
      logger.warn(
        { [isDevice ? 'device' : 'group']: target, ...(close === undefined ? {} : { nearest: close }) },
        isDevice ? 'message to an unknown device' : 'message to a group without devices',
      );
    }
    const what = isDevice ? `no device is called ${target}` : `no device is in the group ${target}`;
    if (close !== undefined) return `${what}; did you mean ${close}?`;
    if (names.length === 0) return 'no device is known yet; pair one with: herald pair';
    return isDevice ? `${what}; pair one, or run: herald listen ${target}` : what;
  };
}
