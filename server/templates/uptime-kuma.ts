// Uptime Kuma: the state of a monitor, or a test without one.
import { fromJsonText, isObject } from '../../shared/object.ts';
import type { Template, Told } from './template.ts';
import { escapeMarkdown, joined, listAt, textAt, valueAt } from './values.ts';

const STATUSES: Readonly<Record<string, Pick<Told, 'state' | 'priority'> & { readonly words: string }>> = {
  '0': { words: 'is down', priority: 4, state: 'firing' },
  '1': { words: 'is up', state: 'resolved' },
  '2': { words: 'is pending', priority: 2 },
  '3': { words: 'is in maintenance', priority: 2 },
};

/** Uptime Kuma. */
export const uptimeKuma: Template = ({ body }) => {
  if (!isObject(body)) return undefined;
  const [heartbeat, monitor] = ['heartbeat', 'monitor'].map((name) => fromJsonText(valueAt(body, name)));
  const status = textAt(heartbeat, 'status');
  const message = textAt(heartbeat, 'msg') || textAt(body, 'msg');
  if (message === '' && !isObject(heartbeat) && !isObject(monitor)) return undefined;
  const known = Object.hasOwn(STATUSES, status) ? STATUSES[status] : undefined;
  const name = textAt(monitor, 'name');
  const [path, ping, url] = [textAt(monitor, 'pathName'), textAt(heartbeat, 'ping'), textAt(monitor, 'url')];
  const lines = [message, path.length > name.length ? path : '', ping === '' ? '' : `Ping: ${ping} ms`];
  const { words, ...rest } = known ?? { words: '' };
  return {
    title: known === undefined ? 'Uptime Kuma' : joined(' ', name || 'Monitor', words),
    body: joined('\n', ...lines.map(escapeMarkdown)),
    ...rest,
    // For monitors without an address, it fills in only the scheme.
    click: /^https?:\/\/$/.test(url) ? [] : [url],
    tags: listAt(monitor, 'tags').map((tag) => textAt(tag, 'name')),
    identity: textAt(monitor, 'id'),
  };
};
