// Markdown as plain text, for notifications, lists and the clipboard.
import type { Token, Tokens } from 'marked';
import { lexMarkdown, withoutTags } from './markdown.ts';

/** The default limit in characters, enough for a notification. */
const MAX_LENGTH = 4000;

/** The named characters that senders use. Others stay as they are, because a service worker has no HTML parser. */
const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', copy: '©', reg: '®', trade: '™', deg: '°' },
  ...{ hellip: '…', mdash: '—', ndash: '–', laquo: '«', raquo: '»', bull: '•', middot: '·', times: '×', euro: '€' },
  ...{ larr: '←', rarr: '→', uarr: '↑', darr: '↓', plusmn: '±', micro: 'µ', check: '✓', cross: '✗' },
};

function decode(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi, (entity, decimal, hexadecimal, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name) ? (NAMED[name] ?? entity) : entity;
    const code = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

function listText({ items, ordered, start }: Tokens.List): string {
  const lines = items.map((item, index) => {
    const mark = ordered ? `${Number(start) + index}.` : '•';
    return `${mark} ${indent(blocksText(item.tokens, '\n'))}`;
  });
  return lines.join('\n');
}

function tableText({ header, rows }: Tokens.Table): string {
  return [header, ...rows].map((row) => row.map(({ tokens }) => inlineText(tokens)).join(' | ')).join('\n');
}

function blockText(token: Token): string {
  switch (token.type) {
    case 'code':
      return (token as Tokens.Code).text;
    case 'list':
      return listText(token as Tokens.List);
    case 'table':
      return tableText(token as Tokens.Table);
    case 'blockquote':
      return blocksText((token as Tokens.Blockquote).tokens, '\n\n');
    case 'html':
      return decode(withoutTags((token as Tokens.HTML).text)).trim();
    case 'space':
    case 'hr':
    case 'def':
      return '';
    default:
      return inlineText([token]);
  }
}

function blocksText(tokens: readonly Token[], separator: string): string {
  return tokens
    .map(blockText)
    .filter((text) => text.trim() !== '')
    .join(separator);
}

function inlineText(tokens: readonly Token[]): string {
  return tokens
    .map((token) => {
      if (token.type === 'br') return '\n';
      if (token.type === 'html') return decode(withoutTags(token.raw));
      if (token.type === 'codespan') return (token as Tokens.Codespan).text;
      // The line already has a bullet in place of the checkbox.
      if (token.type === 'checkbox') return '';
      if ('tokens' in token && token.tokens !== undefined) return inlineText(token.tokens);
      return 'text' in token ? decode(String(token['text'])) : '';
    })
    .join('');
}

function readText(head: string, whole: string): string {
  try {
    return blocksText(lexMarkdown(head, whole), '\n\n');
  } catch {
    // A bug in the parser must not hide a message or a notification.
    return head;
  }
}

/**
 * Removes the Markdown from a text.
 * @param limit how many characters to read; the rest is ignored
 */
export function plainText(markdown: string, limit: number = MAX_LENGTH): string {
  const head = markdown.slice(0, limit);
  return readText(head, markdown.slice(0, 4 * limit))
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
