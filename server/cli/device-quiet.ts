// herald devices quiet, mute and unmute: when a device stays silent.
import type { DeviceQuiet } from '../../shared/api.ts';
import type { Mute, QuietHours } from '../../shared/quiet.ts';
import { type ParsedOptions, UsageError } from './command.ts';
import { timeText, visible } from './output.ts';

/** What each action may be given. */
const GIVEN = {
  quiet: ['from', 'to', 'tz', 'days', 'let-priority', 'let-groups', 'let-keys', 'off', 'default'],
  mute: ['sender', 'group', 'key', 'until'],
  unmute: ['sender', 'group', 'key'],
} as const;

type QuietAction = keyof typeof GIVEN;

export const quietOptions = Object.fromEntries(
  Object.values(GIVEN)
    .flat()
    .map((name) => [name, { type: name === 'off' || name === 'default' ? 'boolean' : 'string' } as const]),
);

export const QUIET_HELP = `  --from TIME     when quiet hours begin, such as 22:30
  --to TIME       when they end, such as 07:00; at most 24:00
  --tz ZONE       their time zone, such as Europe/Berlin
  --days DAYS     the days on which they begin, such as mon,tue; without it every day
  --let-priority N
                  messages of this priority and above still ring
  --let-groups NAMES
                  messages to these groups still ring
  --let-keys KEYS
                  messages with these keys still ring
  --off           no quiet hours
  --default       those in the config of the relay
  --sender NAME   the sender that is muted
  --group NAME    the group that is muted
  --key KEY       the key that is muted
  --until TIME    when the mute ends: 1h, or 2030-01-31T08:00; without it never
`;

function isQuietAction(action: string): action is QuietAction {
  return Object.hasOwn(GIVEN, action);
}

/** What the relay is asked to change. @throws UsageError for options that do not go with the action */
export function quietBody(action: string, parsed: ParsedOptions): Readonly<Record<string, unknown>> | undefined {
  const allowed: readonly string[] = isQuietAction(action) ? GIVEN[action] : [];
  const given = Object.keys(quietOptions).filter((name) => isGiven(name, parsed));
  const wrong = given.filter((name) => !allowed.includes(name));
  if (wrong.length > 0) throw new UsageError(wrong.map((name) => `--${name} does not go with ${action}`));
  if (!isQuietAction(action)) return undefined;
  if (action !== 'quiet') return { [action]: mutedBy(parsed) };
  const [off, preset] = [parsed.flag('off'), parsed.flag('default')];
  if ((off || preset) && given.length > 1) throw new UsageError(['expected --off, --default, or hours']);
  return { quiet: off ? false : preset ? null : hoursOf(parsed) };
}

function isGiven(name: string, parsed: ParsedOptions): boolean {
  return name === 'off' || name === 'default' ? parsed.flag(name) : parsed.value(name) !== undefined;
}

function mutedBy(parsed: ParsedOptions): Readonly<Record<string, string>> {
  const names = GIVEN.mute.flatMap((name) => {
    const value = parsed.value(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (names.filter(([name]) => name !== 'until').length !== 1) {
    throw new UsageError(['expected one of --sender, --group and --key']);
  }
  return Object.fromEntries(names);
}

function hoursOf(parsed: ParsedOptions): QuietHours {
  const [from, to, tz] = ['from', 'to', 'tz'].map((name) => parsed.value(name));
  if (from === undefined || to === undefined) throw new UsageError(['expected --from and --to, --off or --default']);
  const list = (name: string) =>
    parsed
      .value(name)
      ?.split(',')
      .map((one) => one.trim());
  const [days, groups, keys, priority] = [
    list('days'),
    list('let-groups'),
    list('let-keys'),
    parsed.value('let-priority'),
  ];
  const rings = { groups, keys, ...(priority === undefined ? {} : { priority: Number(priority) }) };
  const lets = groups !== undefined || keys !== undefined || priority !== undefined;
  // The relay checks the days.
  return { from, to, tz, days: days as QuietHours['days'], ...(lets ? { let: rings } : {}) };
}

/** When a device stays silent, in words. */
export function quietText({ quiet, quietPreset, quietUntil, mutes = [] }: DeviceQuiet): string {
  const hours = quiet === false ? undefined : (quiet ?? quietPreset);
  const now = quietUntil === undefined ? '' : ` (now, until ${timeText(quietUntil)})`;
  const times = hours === undefined ? 'no quiet hours' : `quiet from ${hours.from} to ${hours.to}${now}`;
  return [times, ...mutes.map(muteText)].join('\n');
}

function muteText({ until, ...names }: Mute): string {
  const [[kind = '', name = ''] = []] = Object.entries(names);
  return `${kind} ${visible(String(name))} is muted${until === undefined ? '' : ` until ${timeText(until)}`}`;
}
