// Healthchecks: JSON of a check, or fields that a user has put together.
import { fromJsonText, isObject } from '../../shared/object.ts';
import type { Template } from './template.ts';
import { escapeMarkdown, firstOf, joined, textAt } from './values.ts';

/** Healthchecks. */
export const healthchecks: Template = ({ body }) => {
  if (!isObject(body)) return undefined;
  const inner = fromJsonText(body['check']);
  const check = isObject(inner) ? inner : body;
  const name = textAt(check, 'name');
  const status = firstOf(textAt(body, 'status'), textAt(check, 'status')).toLowerCase();
  if (name === '' && status === '') return undefined;
  const shown = name || 'A check';
  const state = status === 'down' ? 'firing' : status === 'up' ? 'resolved' : undefined;
  const line = (label: string, value: string) => (value === '' ? '' : `${label}: ${value}`);
  const schedule = joined(' ', textAt(check, 'schedule'), textAt(check, 'tz'));
  const exit = textAt(body, 'exit');
  const lines = [
    textAt(check, 'desc'),
    line('Last ping', textAt(check, 'last_ping')),
    textAt(check, 'schedule') === '' ? line('Period', textAt(check, 'timeout')) : line('Schedule', schedule),
    ['-1', '0'].includes(exit) ? '' : line('Exit status', exit),
  ];
  const details = textAt(check, 'update_url').replace(/\/api\/v\d+\/checks\/([^/]+)$/, '/checks/$1/details/');
  return {
    title: state === undefined ? joined(': ', shown, status) : `${shown} is ${status}`,
    body: joined('\n', ...lines.map(escapeMarkdown)),
    state,
    tags: textAt(check, 'tags').split(/\s+/),
    click: [details],
    identity: firstOf(...['uuid', 'unique_key', 'code', 'name'].map((one) => textAt(check, one))),
  };
};
