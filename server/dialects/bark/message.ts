// Bark's parameters as a message.
import type { Content } from '../../../shared/content.ts';
import { readContent } from '../../../shared/content.ts';
import type { Key } from '../../access/keys.ts';
import type { SendOptions } from '../../messages/options.ts';
import type { BarkParameters } from './parameters.ts';

const PRIORITIES: Readonly<Record<string, number>> = { passive: 2, active: 3, timesensitive: 4, critical: 5 };
const RINGING = 4;
/** Parameters that do not become extras under their own names. */
const OWN: ReadonlySet<string> = new Set([
  ...['title', 'subtitle', 'body', 'markdown', 'device_key', 'device_keys', 'wait', 'delete', 'id', 'url'],
]);
/** The longest time to live, in seconds: a year. */
const MAX_TTL = 31_536_000;

function priorityOf(parameters: BarkParameters): number | undefined {
  const level = parameters.get('level')?.toLowerCase() ?? '';
  const priority = Object.hasOwn(PRIORITIES, level) ? PRIORITIES[level] : undefined;
  return parameters.get('call') === '1' ? Math.max(priority ?? 0, RINGING) : priority;
}

function bodyOf(parameters: BarkParameters, name: string): { text: string; desp: string; isPlain: boolean } {
  const [title = '', subtitle = '', body = '', markdown] = ['title', 'subtitle', 'body', 'markdown'].map((one) =>
    parameters.get(one),
  );
  if (parameters.has('ciphertext')) return { text: name, desp: 'Encrypted message', isPlain: true };
  const isEmpty = title === '' && subtitle === '' && body === '' && markdown === undefined;
  const shown = isEmpty ? 'Empty Message' : (markdown ?? body);
  const desp = [subtitle, shown].filter(Boolean).join('\n\n');
  return { text: title === '' ? name : title, desp, isPlain: markdown === undefined };
}

/** The content of a message. */
export function barkContent(parameters: BarkParameters, { name, settings: { tags = [] } }: Key): Content {
  const { text, desp, isPlain } = bodyOf(parameters, name);
  const [group, copy, subtitle] = ['group', 'copy', 'subtitle'].map((one) => parameters.get(one));
  const known: [string, unknown][] = [
    ['subtitle', subtitle],
    ['markdown', isPlain ? '0' : undefined],
    ['priority', priorityOf(parameters)],
    ['click', parameters.get('url')],
    ['key', parameters.get('id')],
    ['tags', group === undefined ? undefined : [...tags, group]],
    ['actions', copy === undefined ? undefined : [{ action: 'copy', label: 'Copy', text: copy }]],
  ];
  const passed = [...parameters].filter(([one]) => !OWN.has(one));
  const extra = Object.fromEntries([...passed, ...known.filter(([, value]) => value !== undefined)]);
  return readContent({ text, desp, extra });
}

/** How long the message is worth delivering. */
export function barkOptions(parameters: BarkParameters): SendOptions | undefined {
  const text = parameters.get('ttl') ?? '';
  const seconds = /^\d{1,15}$/.test(text) ? Math.min(Number(text), MAX_TTL) : 0;
  return seconds === 0 ? undefined : { ttl: seconds * 1000 };
}
