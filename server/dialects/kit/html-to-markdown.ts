// Turns the little HTML that senders write into Markdown. Everything else of it is dropped.
import { safeWebLink } from '../../../shared/links.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};
const MARKS: Readonly<Record<string, string>> = { b: '**', strong: '**', i: '*', em: '*', code: '`' };
const BREAKS: ReadonlySet<string> = new Set([
  'br',
  'p',
  'div',
  'li',
  'tr',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'ul',
  'ol',
]);
/** What is between these tags is no text. */
const HIDDEN: ReadonlySet<string> = new Set(['script', 'style', 'head', 'title']);

/** A character of an entity. */
function decodeEntity(whole: string, name: string): string {
  if (!name.startsWith('#')) return Object.hasOwn(ENTITIES, name) ? (ENTITIES[name] ?? whole) : whole;
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : whole;
}

/** Replaces entities such as `&amp;`. */
function decodeEntities(text: string): string {
  return text.replace(/&(#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,6});/gi, decodeEntity);
}

/** An attribute of a tag, with http or https only. */
function linkOf(tag: string, name: string): string | undefined {
  const [, double, single, bare] =
    new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]{0,4096})"|'([^']{0,4096})'|([^\\s>"']{1,4096}))`, 'i').exec(tag) ?? [];
  return safeWebLink(decodeEntities(double ?? single ?? bare ?? ''));
}

/** The Markdown of HTML. Takes time in proportion to its length. */
export function htmlToMarkdown(html: string): string {
  const parts: string[] = [];
  /** Addresses of the links that are open; undefined for one that is left out. */
  const links: (string | undefined)[] = [];
  let hidden = '';
  let isCode = false;
  for (const piece of html.split(/(<[^<>]*>)/)) {
    const [, slash = '', named = ''] = /^<(\/?)([a-z][a-z\d]*)/i.exec(piece) ?? [];
    const name = named.toLowerCase();
    if (hidden !== '') {
      if (slash !== '' && name === hidden) hidden = '';
    } else if (name === '') {
      if (!piece.startsWith('<') || !piece.endsWith('>')) parts.push(decodeEntities(piece));
    } else if (HIDDEN.has(name)) {
      if (slash === '') hidden = name;
    } else if (name === 'pre') {
      isCode = slash === '';
      parts.push('\n```\n');
    } else if (Object.hasOwn(MARKS, name)) {
      // Within a block of code, marks would be text.
      if (!isCode) parts.push(MARKS[name] ?? '');
    } else if (name === 'a') {
      const link = slash === '' ? linkOf(piece, 'href') : links.pop();
      if (slash === '') links.push(link);
      if (link !== undefined) parts.push(slash === '' ? '[' : `](${link})`);
    } else if (name === 'img') {
      const link = linkOf(piece, 'src');
      if (link?.startsWith('https:') === true) parts.push(`![](${link})`);
    } else if (BREAKS.has(name)) {
      parts.push(name === 'li' && slash === '' ? '\n- ' : '\n');
    }
  }
  return parts
    .join('')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
