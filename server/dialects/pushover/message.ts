// A message of Pushover: its content, where it goes, and how often it is repeated.
import type { Content } from '../../../shared/content.ts';
import { safeWebLink } from '../../../shared/links.ts';
import { RelayError } from '../../base/errors.ts';
import type { EmergencyOptions } from '../../messages/emergency-options.ts';
import type { SendOptions } from '../../messages/options.ts';
import { type FieldMap, type SentFile, saysYes } from '../kit/fields.ts';
import { type KeyCaller, type KeySendPorts, type KeyTarget, keyContent } from '../kit/key-sends.ts';
import { createResolveTarget } from '../kit/resolve-target.ts';
import { PushoverError } from './errors.ts';

const EMERGENCY = 2;
const PRIORITIES: Readonly<Record<number, number>> = { [-2]: 1, [-1]: 2, 1: 4, [EMERGENCY]: 5 };
/** Seconds. */
const BOUNDS = { least: 30, most: 10_800, year: 31_536_000 };
const USED: ReadonlySet<string> = new Set([
  ...['token', 'user', 'message', 'title', 'device', 'priority', 'retry', 'expire', 'callback', 'tags', 'url', 'wait'],
  ...['url_title', 'html', 'monospace', 'attachment', 'attachment_base64', 'attachment_type'],
]);

/** The priority, from -2 to 2. @throws PushoverError for another number */
export function readPushoverPriority(fields: FieldMap): number {
  const text = fields.text('priority').trim();
  if (!/^-?\d{1,9}$/.test(text)) return 0;
  const priority = Number(text);
  if (Math.abs(priority) > EMERGENCY) throw new PushoverError('priority', 'is invalid');
  return priority;
}

function tagsOf(fields: FieldMap): string[] {
  return fields
    .text('tags')
    .split(',')
    .flatMap((tag) => tag.trim() || []);
}

/** The content. @throws PushoverError without a message */
export function pushoverContent(fields: FieldMap, priority: number, files: readonly SentFile[]): Content {
  const message = fields.text('message');
  if (message.trim() === '') throw new PushoverError('message', 'cannot be blank');
  const isHtml = saysYes(fields.text('html'));
  const isCode = !isHtml && saysYes(fields.text('monospace'));
  const body = isCode ? `\`\`\`\n${message}\n\`\`\`` : message;
  const [url, label] = [safeWebLink(fields.text('url')) ?? (fields.text('url') || undefined), fields.text('url_title')];
  return keyContent({
    title: fields.text('title'),
    body,
    format: isHtml ? 'html' : isCode ? 'markdown' : 'text',
    extra: [
      ...fields.others(USED),
      ['priority', PRIORITIES[priority]],
      ['click', url],
      ['actions', url !== undefined && label !== '' ? [{ action: 'open', label, url }] : undefined],
    ],
    tags: tagsOf(fields),
    files,
  });
}

function seconds(fields: FieldMap, name: 'retry' | 'expire'): number {
  const text = fields.text(name).trim();
  if (!/^\d{1,9}$/.test(text)) throw new PushoverError(name, 'must be supplied with priority=2');
  return Math.min(Math.max(Number(text), BOUNDS.least), BOUNDS.most) * 1000;
}

function callbackOf(fields: FieldMap): string | undefined {
  const text = fields.text('callback').trim();
  if (text === '') return undefined;
  const url = safeWebLink(text);
  if (url === undefined) throw new PushoverError('callback', 'is invalid');
  return url;
}

/** What a message of this priority asks for. @param url the public address of the relay. @throws PushoverError */
export function pushoverOptions(fields: FieldMap, priority: number, url: string): SendOptions | undefined {
  if (priority < 0) return { ring: 'never', ...ttlOf(fields) };
  if (priority < EMERGENCY) return ttlOf(fields);
  const emergency: EmergencyOptions = {
    retry: seconds(fields, 'retry'),
    expire: seconds(fields, 'expire'),
    escalation: [],
    after: 3,
    callback: callbackOf(fields),
    user: fields.text('user'),
    url,
  };
  return { emergency };
}

function ttlOf(fields: FieldMap): { ttl: number } | undefined {
  const text = fields.text('ttl').trim();
  const ttl = /^\d{1,9}$/.test(text) ? Math.min(Number(text), BOUNDS.year) : 0;
  return ttl === 0 ? undefined : { ttl: ttl * 1000 };
}

/** The devices and groups among these names to which the key may send. */
function inScope(names: string, caller: KeyCaller, devices: KeySendPorts['devices']): KeyTarget[] {
  const resolve = createResolveTarget(devices, caller);
  return names.split(',').flatMap((one) => {
    const name = one.trim();
    if (name === '') return [];
    try {
      return [resolve(name)];
    } catch (error) {
      // Senders write words of their own here, such as ALL_DEVICES.
      if (error instanceof RelayError) return [];
      throw error;
    }
  });
}

/**
 * Where the message goes; undefined stands for the target of the key. Never empty. An emergency has one receipt, so it goes to one
 * target: to that of the key if several are named.
 */
export function pushoverTargets(
  fields: FieldMap,
  caller: KeyCaller,
  devices: KeySendPorts['devices'],
  isEmergency: boolean,
): readonly (KeyTarget | undefined)[] {
  const named = inScope(fields.text('device'), caller, devices);
  const [user] = inScope(fields.text('user'), caller, devices);
  if (isEmergency && named.length > 1) return [undefined];
  return named.length > 0 ? named : [user];
}
