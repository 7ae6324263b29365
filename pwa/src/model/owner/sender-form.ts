// The fields of the form for a sender, and what they mean as settings of its key.
import type { KeyInfo } from '../../../../shared/api.ts';
import type { SenderSettings } from './owner.ts';

/** The fields, as a person fills them in. Lists have commas between their parts; an empty text is no setting. */
export interface SenderFields {
  readonly name: string;
  readonly isGroup: boolean;
  readonly target: string;
  readonly send: string;
  readonly receive: string;
  readonly groups: string;
  readonly priority: string;
  readonly tags: string;
  readonly icon: string;
  readonly perMinute: string;
  readonly burst: string;
  /** The last day, `2030-01-31`. */
  readonly expires: string;
  readonly secret: string;
  readonly manage: boolean;
}

const list = (names: readonly string[] | undefined) => names?.join(', ') ?? '';

function parts(text: string): string[] {
  return text
    .split(/[,，]/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A day in local time, as the field for dates has it. */
function dayText(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, '0');
  return [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
}

/** The fields of a key; those of a new one without it. */
export function fieldsOf(info?: KeyInfo): SenderFields {
  return {
    name: info?.name ?? '',
    isGroup: info?.group !== undefined,
    target: info?.group ?? info?.device ?? '',
    send: list(info?.send),
    receive: list(info?.receive),
    groups: list(info?.groups),
    priority: info?.priority === undefined ? '' : String(info.priority),
    tags: list(info?.tags),
    icon: info?.icon ?? '',
    perMinute: info?.rate === undefined ? '' : String(info.rate.perMinute),
    burst: info?.rate === undefined ? '' : String(info.rate.burst),
    expires: info?.expires === undefined ? '' : dayText(info.expires),
    secret: '',
    manage: info?.manage === true,
  };
}

/** A number as the relay checks it. Other text stays as it is, so that the relay refuses it. */
function numberOf(text: string): number | string {
  return /^\d+$/.test(text.trim()) ? Number(text) : text;
}

/** What the fields set; undefined where a field is empty. */
function allOf(fields: SenderFields): Record<string, unknown> {
  const text = (value: string) => (value.trim() === '' ? undefined : value.trim());
  const names = (value: string) => (parts(value).length === 0 ? undefined : parts(value));
  const { isGroup, target, perMinute, burst, priority, expires } = fields;
  return {
    device: isGroup ? undefined : text(target),
    group: isGroup ? text(target) : undefined,
    groups: isGroup ? undefined : names(fields.groups),
    send: names(fields.send),
    receive: names(fields.receive),
    priority: priority === '' ? undefined : Number(priority),
    tags: names(fields.tags),
    icon: text(fields.icon),
    rate:
      perMinute.trim() === ''
        ? undefined
        : { perMinute: numberOf(perMinute), burst: numberOf(burst.trim() === '' ? perMinute : burst) },
    expires: expires === '' ? undefined : new Date(`${expires}T23:59:59`).getTime(),
    secret: text(fields.secret),
    manage: fields.manage || undefined,
  };
}

/** The settings of a new key. */
export function settingsOf(fields: SenderFields): SenderSettings {
  return Object.fromEntries(Object.entries(allOf(fields)).filter(([, value]) => value !== undefined));
}

/** What has changed of a key, with null for what was taken away. An empty secret leaves the one that there is. */
export function changesOf(before: KeyInfo, fields: SenderFields): SenderSettings {
  const old = allOf(fieldsOf(before));
  const changed = Object.entries(allOf(fields)).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(old[name]),
  );
  return Object.fromEntries(changed.map(([name, value]) => [name, value ?? null]));
}
