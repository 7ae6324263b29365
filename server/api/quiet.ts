// Quiet hours and mutes of a device, as requests change them and answers show them.
import { z } from 'zod';
import type { DeviceQuiet } from '../../shared/api.ts';
import type { Mute, QuietHours } from '../../shared/quiet.ts';
import { RelayError } from '../base/errors.ts';
import type { Device } from '../delivery/device.ts';
import { isSameMute } from '../messages/quiet.ts';
import { ownTimeZone, readMoment } from '../messages/when.ts';
import { readShape } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import { muteFields, quietHours } from './quiet-config.ts';

/** The most mutes of one device. */
const MOST_MUTES = 200;

/** The fields of a request that say when a device stays silent. */
export const changeFields = z.object({
  quiet: z.union([quietHours, z.literal(false), z.null()]).optional(),
  mute: muteFields.optional(),
  unmute: muteFields.optional(),
});

/** Changes the quiet hours and mutes of a device. It is called again if the device has changed meanwhile. */
type QuietChange = (device: Device) => Device;

/**
 * Reads what a body changes: `quiet` (hours, `false` for none, `null` for those of the config), `mute` and `unmute`.
 * @returns undefined if it changes none of them
 * @throws RelayError `invalid`
 */
export function readQuietChange(body: Readonly<Record<string, unknown>>, now: number): QuietChange | undefined {
  if (body['quiet'] === undefined && body['mute'] === undefined && body['unmute'] === undefined) return undefined;
  // A union would hide what is wrong with the hours.
  if (body['quiet'] !== null && body['quiet'] !== false && body['quiet'] !== undefined) {
    readShape(z.object({ quiet: quietHours }), body);
  }
  const { quiet, mute, unmute } = readShape(changeFields, body);
  const muted = mute && { ...mute, until: readUntil(mute.until, now) };
  if (unmute?.until !== undefined)
    throw new RelayError('invalid', 'unmute.until: expected only a sender, group or key');
  return (device) => {
    const { quiet: before, mutes: all = [], ...rest } = device;
    const others = all.filter(
      (one) =>
        !isOver(one, now) &&
        (unmute === undefined || !isSameMute(one, { ...unmute, until: undefined })) &&
        (muted === undefined || !isSameMute(one, muted)),
    );
    const mutes: readonly Mute[] = muted === undefined ? others : [...others, withoutGaps(muted)];
    if (mutes.length > MOST_MUTES) {
      throw new RelayError('too_many', `a device can mute at most ${MOST_MUTES} senders, groups and keys`);
    }
    const hours = quiet === undefined ? before : (quiet ?? undefined);
    return {
      ...rest,
      ...(hours === undefined ? {} : { quiet: hours === false ? hours : (withoutGaps(hours) as QuietHours) }),
      ...(mutes.length === 0 ? {} : { mutes }),
    };
  };
}

/** The object without absent fields, as it is stored. */
function withoutGaps<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

function isOver({ until }: Mute, now: number): boolean {
  return until !== undefined && until <= now;
}

function readUntil(given: string | number | undefined, now: number): number | undefined {
  if (given === undefined) return undefined;
  const until = typeof given === 'number' ? given : readMoment(given, { now, tz: ownTimeZone() });
  if (until === undefined || until <= now) {
    throw new RelayError(
      'invalid',
      'mute.until: expected a time in the future: ms since 1970, a duration such as 1h, or a time such as 2030-01-31T08:00',
    );
  }
  return until;
}

/** What is shown of a device. */
export function quietOf(device: Device, { quiet: keeper, clock }: Pick<ApiPorts, 'quiet' | 'clock'>): DeviceQuiet {
  const now = clock.now();
  const mutes = (device.mutes ?? []).filter((mute) => !isOver(mute, now));
  const state = keeper.stateOf(device);
  return {
    ...(device.quiet === undefined ? {} : { quiet: device.quiet }),
    ...(keeper.preset === undefined ? {} : { quietPreset: keeper.preset }),
    ...(state?.isQuiet === true ? { quietUntil: state.until } : {}),
    ...(mutes.length === 0 ? {} : { mutes }),
  };
}
