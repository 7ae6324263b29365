// Copies the pages for users to where the site is built from: Chinese pages into a folder of their own, as the address of
// a language, and links as they are there.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DefaultTheme } from 'vitepress';

/** A language of the site. */
export interface Language {
  /** Folder of its pages, empty or with a slash at its end. */
  readonly folder: string;
  /** Address of its first page. */
  readonly link: string;
}

const CHINESE = '.zh-CN.md';

/** The name of a page on the site. */
const nameOf = (file: string) => file.replace(/(?:\.zh-CN)?\.md$/, '').replace(/^README$/, 'index');

/** A link between pages, as it is on the site. Files of the checkout that are not pages become plain text. */
function siteLink(text: string, target: string, isChinese: boolean, pages: ReadonlySet<string>): string {
  const [path = '', fragment] = target.split('#');
  if (path === '' || /^https?:/.test(target)) return `[${text}](${target})`;
  if (!pages.has(path)) return text;
  const up = isChinese && !path.endsWith(CHINESE) ? '../' : './';
  const down = !isChinese && path.endsWith(CHINESE) ? 'zh/' : '';
  return `[${text}](${up}${down}${nameOf(path)}${fragment === undefined ? '' : `#${fragment}`})`;
}

/** A page as the site has it. The site has its own way to the other language. */
function sitePage(text: string, isChinese: boolean, pages: ReadonlySet<string>): string {
  return text
    .replace(/^(?:English · \[.*|\[English\]\(.*)\n\n/m, '')
    .replace(/^<!-- .+ -->\n+/gm, '')
    .replace(/(?<!!)\[([^\]\n]*)\]\(([^)\s]+)\)/g, (_, label, target) => siteLink(label, target, isChinese, pages));
}

/** Writes the pages of `docs` to `target`. */
export function stagePages(docs: string, target: string): void {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'zh'), { recursive: true });
  // A page in one language is for developers.
  const names = readdirSync(docs).filter((file) => file.endsWith(CHINESE));
  const pages = new Set(names.flatMap((file) => [file, file.replace(CHINESE, '.md')]));
  for (const file of pages) {
    const isChinese = file.endsWith(CHINESE);
    const text = sitePage(readFileSync(join(docs, file), 'utf8'), isChinese, pages);
    writeFileSync(join(target, isChinese ? 'zh' : '', `${nameOf(file)}.md`), text);
    for (const [, image = ''] of text.matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)) {
      const place = join(target, isChinese ? 'zh' : '', image);
      mkdirSync(dirname(place), { recursive: true });
      cpSync(join(docs, image), place);
    }
  }
}

/** The sidebar of a language: the headings and links of its first page. */
export function headings(text: string, { link }: Language): DefaultTheme.SidebarItem[] {
  const [before = '', ...sections] = text.split(/^## /m);
  const links = (part: string) =>
    [...part.matchAll(/\[([^\]]+)\]\(\.\/([\w-]+)\)/g)].map(([, label = '', name]) => ({
      text: label,
      link: `${link}${name}`,
    }));
  const unique = (items: { text: string; link: string }[]) =>
    items.filter((item, at) => items.findIndex((other) => other.link === item.link) === at);
  const title = /^# (.+)$/m.exec(before)?.[1] ?? '';
  return [
    { text: title, items: unique(links(before)) },
    ...sections.map((section) => ({ text: section.split('\n', 1)[0] ?? '', items: unique(links(section)) })),
  ];
}
