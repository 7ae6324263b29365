// Makes the content of a message from what a template has told. Bounds, tags and keys are the same for every template.
import { type MessageAction, readActions } from '../../shared/actions.ts';
import { type Content, readTags } from '../../shared/content.ts';
import { safeWebLink } from '../../shared/links.ts';
import { sha256 } from '../base/digest.ts';
import type { Told } from './template.ts';

const MAX_TITLE = 250;
const MAX_BODY = 16_000;
const MAX_KEY = 64;

/** At most this many characters; a text that is longer ends with an ellipsis. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const end = /[\ud800-\udbff]/.test(text[length - 2] ?? '') ? length - 2 : length - 1;
  return `${text.slice(0, end)}…`;
}

/** The key of an alert: the same as long as the owner, the template and what it is about are. */
export function alertKey(owner: string, template: string, identity: string): string {
  const key = `${owner === '' ? '' : `${owner}/`}${template}/${identity}`;
  return key.length <= MAX_KEY ? key : `${template}/${sha256(key).toString('hex').slice(0, 32)}`;
}

function picture(url: string | undefined): string | undefined {
  const link = safeWebLink(url);
  return link?.toLowerCase().startsWith('https:') ? link : undefined;
}

function tagOf({ state }: Told, priority: number | undefined): string[] {
  if (state === 'firing') return [priority === 5 ? 'rotating_light' : 'warning'];
  return state === 'resolved' ? ['white_check_mark'] : [];
}

function openOnly(actions: readonly MessageAction[]): readonly MessageAction[] {
  return readActions(actions.flatMap((one) => (one.kind === 'open' ? [{ action: 'open', ...one }] : []))).filter(
    (one) => one.kind === 'open' && safeWebLink(one.url) !== undefined,
  );
}

/**
 * The content of a message.
 * @param template the name of the template
 * @param owner the name of the key; `""` for none
 */
export function contentOf(told: Told, template: string, owner: string): Content {
  const { title, body = '', format = 'markdown', state, identity, tags = [], click = [], actions = [] } = told;
  const priority = state === 'resolved' ? 3 : (told.priority ?? (state === 'firing' ? 4 : undefined));
  return {
    title: cut(title.replace(/\s+/g, ' ').trim() || owner || template, MAX_TITLE),
    body: cut(body.trim(), MAX_BODY),
    format,
    priority,
    tags: readTags([...tagOf(told, priority), ...tags]),
    click: click.map(safeWebLink).find(Boolean),
    icon: picture(told.icon),
    image: picture(told.image),
    actions: openOnly(actions),
    key: identity === undefined || identity === '' ? undefined : alertKey(owner, template, identity),
    state,
    extra: { source: template },
  };
}
