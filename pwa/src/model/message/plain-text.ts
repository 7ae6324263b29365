// Markdown as plain text, for notifications and lists: what a person would read, without the marks. Not here: rendering.

const MAX_LENGTH = 4000;

/** Replacements in order: code keeps its content, links and images their words. Each is linear in the text's length. */
const STEPS: readonly (readonly [RegExp, string])[] = [
  [/^[ \t]{0,3}(?:```|~~~)[^\n]*$/gm, ''],
  [/<((?:https?|mailto):[^<>\s]{1,2000})>/g, '$1'],
  [/<!--[\s\S]{0,2000}?-->/g, ''],
  [/<\/?[a-zA-Z][^<>]{0,500}>/g, ''],
  [/!\[([^[\]\n]{0,500})\]\([^()\n]{0,2000}\)/g, '$1'],
  [/\[([^[\]\n]{1,500})\]\([^()\n]{0,2000}\)/g, '$1'],
  [/\[([^[\]\n]{1,500})\]\[[^[\]\n]{0,200}\]/g, '$1'],
  [/^[ \t]{0,3}#{1,6}[ \t]+/gm, ''],
  [/^[ \t]{0,3}(?:>[ \t]?)+/gm, ''],
  [/^[ \t]*[-*+][ \t]+\[[ xX]\][ \t]+/gm, '• '],
  [/^([ \t]*)[-*+][ \t]+/gm, '$1• '],
  [/^[ \t]*(?:[-*_][ \t]*){3,}$/gm, ''],
  [/^[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*){1,50}\|?[ \t]*$\n?/gm, ''],
  [/^[ \t]{0,3}\|[ \t]{0,9}([^\n]{0,1000}?)[ \t]{0,9}\|[ \t]{0,9}$/gm, '$1'],
  [/(\*\*|__)(?=\S)([^*_\n]{1,1000})\1/g, '$2'],
  [/(?<![\w*])[*_](?=\S)([^*_\n]{1,1000})[*_](?![\w*])/g, '$1'],
  [/~~([^~\n]{1,1000})~~/g, '$1'],
  [/(`+)([^`\n]{1,1000})\1/g, '$2'],
  [/[ \t]+$/gm, ''],
  [/\n{3,}/g, '\n\n'],
];

/** Escaped marks are kept out of the way as characters of private use. */
const ESCAPED = /\\([\\`*_{}[\]()#+.!|~>-])/g;
const HIDDEN = /[\ue000-\ue07f]/g;

function hide(_: string, mark: string): string {
  return String.fromCharCode(0xe000 + mark.charCodeAt(0));
}

function reveal(mark: string): string {
  return String.fromCharCode(mark.charCodeAt(0) - 0xe000);
}

/** The text without its Markdown; long texts are cut. */
export function plainText(markdown: string): string {
  let text = markdown.slice(0, MAX_LENGTH).replace(/\r\n?/g, '\n').replace(ESCAPED, hide);
  for (const [pattern, replacement] of STEPS) text = text.replace(pattern, replacement);
  return text.replace(HIDDEN, reveal).trim();
}
