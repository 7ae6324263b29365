// What to paste where, for a key that was just made: one line for each kind of sender.
import type { KeyAddress, KeySettings } from '../../shared/api.ts';
import { matcherOf } from '../access/key-record.ts';

/** What ntfy takes as the name of a topic. */
const TOPIC = /^[A-Za-z0-9_-]{1,64}$/;

type KeyDialect = Exclude<KeyAddress['kind'], 'curl' | 'webhook' | 'hook' | 'ntfy' | 'gotify'>;

/** Dialects whose senders know only a key: their paths. */
const BY_KEY: readonly (readonly [KeyDialect, (key: string) => string])[] = [
  ['bark', (key) => `/${key}`],
  ['pushdeer', (key) => `/message/push?pushkey=${key}`],
  ['pushover', () => '/1/messages.json'],
  ['serverchan', (key) => `/${key}.send`],
  ['apprise', (key) => `/notify/${key}`],
  ['pushme', (key) => `/?push_key=${key}`],
  ['pushplus', (key) => `/send?token=${key}`],
  ['slack', (key) => `/slack/${key}`],
  ['discord', (key) => `/discord/${key}`],
];

/** Which of the dialects that can be off are on. */
export type AddressSections = Readonly<
  Record<KeyDialect | 'ntfy' | 'gotify' | 'senderHooks', { readonly enabled: boolean }>
>;

/** Where a key sends; undefined if it has only patterns. */
function targetOf({ device, group, send }: KeySettings): string | undefined {
  return group ?? device ?? send?.find((one) => !one.includes('*'));
}

/** Whether the key is an application of Gotify: it has a target of its own, and may send there. */
function isApplication({ device, group, send }: KeySettings): boolean {
  const target = device ?? group;
  return target !== undefined && (send === undefined || matcherOf(send)(target));
}

/** The text in single quotes, for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The addresses for a key. None if it may not send.
 * @param base the address of the relay, without a slash at its end
 * @param dialects the sections of the dialects that can be off
 */
export function addressesOf(
  base: string,
  text: string,
  settings: KeySettings,
  dialects: AddressSections,
): KeyAddress[] {
  const target = targetOf(settings);
  if (target === undefined) return [];
  const url = `${base}/${encodeURIComponent(target)}.${settings.group === undefined ? 'send' : 'group'}`;
  return [
    { kind: 'curl', text: `curl -H ${quoted(`Authorization: Bearer ${text}`)} -d 'Hello' ${quoted(url)}` },
    { kind: 'webhook', text: `${url}?token=${text}` },
    ...(dialects.ntfy.enabled && TOPIC.test(target) ? [{ kind: 'ntfy', text: `${base}/${target}` } as const] : []),
    ...(dialects.gotify.enabled && isApplication(settings)
      ? [{ kind: 'gotify', text: `${base}/message?token=${text}` } as const]
      : []),
    ...(dialects.senderHooks.enabled ? [{ kind: 'hook', text: `${base}/hook/${text}` } as const] : []),
    ...BY_KEY.filter(([kind]) => dialects[kind].enabled).map(([kind, path]) => ({
      kind,
      text: `${base}${path(text)}`,
    })),
  ];
}
