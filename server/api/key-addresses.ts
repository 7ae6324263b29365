// What to paste where, for a key that was just made: one line for each kind of sender.
import type { KeyAddress, KeySettings } from '../../shared/api.ts';

/** A path that sends to the target of a key; undefined if it has only patterns. */
function pathOf({ device, group, send }: KeySettings): string | undefined {
  if (group !== undefined) return `/${encodeURIComponent(group)}.group`;
  const target = device ?? send?.find((one) => !one.includes('*'));
  return target === undefined ? undefined : `/${encodeURIComponent(target)}.send`;
}

/** The text in single quotes, for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The addresses for a key. None if it may not send.
 * @param base the address of the relay, without a slash at its end
 */
export function addressesOf(base: string, text: string, settings: KeySettings): KeyAddress[] {
  const path = pathOf(settings);
  if (path === undefined) return [];
  const url = base + path;
  return [
    { kind: 'curl', text: `curl -H ${quoted(`Authorization: Bearer ${text}`)} -d 'Hello' ${quoted(url)}` },
    { kind: 'webhook', text: `${url}?token=${text}` },
  ];
}
