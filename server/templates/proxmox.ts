// Proxmox VE and Proxmox Backup Server, with the body that the documentation tells people to use.
import { fromJsonText, isObject } from '../../shared/object.ts';
import type { Priority } from '../../shared/priority.ts';
import type { Template } from './template.ts';
import { codeBlock, joined, textAt } from './values.ts';

const PRIORITIES: Readonly<Record<string, Priority>> = { error: 4, warning: 4, notice: 3, info: 2, unknown: 3 };
/** Types whose `info` does not say that a problem is over. */
const MERE_NEWS: ReadonlySet<string> = new Set(['', 'package-updates', 'system-mail']);

/** Proxmox. */
export const proxmox: Template = ({ body }) => {
  if (!isObject(body)) return undefined;
  const [title, message] = [textAt(body, 'title'), textAt(body, 'message')];
  if (title === '' && message === '') return undefined;
  const severity = textAt(body, 'severity').toLowerCase();
  const fields = fromJsonText(body['fields']);
  const [type, host, job] = ['type', 'hostname', 'job-id'].map((name) => textAt(fields, name));
  const isOver = severity === 'info' && !MERE_NEWS.has(type ?? '');
  const state = severity === 'error' ? 'firing' : isOver ? 'resolved' : undefined;
  return {
    title,
    // It has tables whose columns stand below each other.
    body: message === '' ? '' : codeBlock(message),
    priority: Object.hasOwn(PRIORITIES, severity) ? PRIORITIES[severity] : undefined,
    state,
    identity: state === undefined ? '' : joined('/', host ?? '', type ?? '', job ?? ''),
    tags: [type ?? '', host ?? ''],
  };
};
