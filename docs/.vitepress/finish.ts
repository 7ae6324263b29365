// What vitepress cannot do by itself: the site works below any prefix, under a policy that forbids inline scripts and
// styles, and has compressed copies of its files.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { SiteConfig } from 'vitepress';
import { colorStyles } from './colors.ts';

/** The base that the site is built with. */
const BASE = '/docs/';
/** A script that runs first: it finds out the real base, and does what the inline scripts do. */
const FIRST_SCRIPT = 'assets/first.js';
const FIND_BASE = `globalThis.docsBase = new URL('..', document.currentScript.src).pathname;
const icon = Object.assign(document.createElement('link'), { rel: 'icon', href: docsBase + 'icon.svg' });
document.head.append(icon);`;

/** Styles that vitepress has in attributes, where the policy forbids them. */
const LAYOUT_STYLES = '.vp-doc{position:relative}';

/** Shorter files gain nothing. */
const COMPRESSED_FROM = 1024;

/** The way from a page to the root of the site. */
const wayUp = (page: string) => '../'.repeat(page.split('/').length - 1) || './';

/** The code of the inline scripts of a page. */
const INLINE_SCRIPTS = /<script id="[\w-]+">([\s\S]*?)<\/script>\n? */g;

function finishPage(html: string, page: string): string {
  return html
    .replace(INLINE_SCRIPTS, '')
    .replace('</title>', `</title>\n    <script src="${BASE}${FIRST_SCRIPT}"></script>`)
    .replace(/ style="[^"]*"/g, '')
    .replace(/(?<= (?:href|src)=")\/docs\//g, wayUp(page));
}

/** Replaces the base in texts of a script. The data of the site is JSON within a text, where quotes are escaped. */
function finishScript(code: string): string {
  return code
    .replace(/(?<!\\)(["'`])\/docs\//g, (_, quote) => ` globalThis.docsBase+${quote}`)
    .replace(/(window\.__VP_SITE_DATA__=JSON\.parse\(.*\))/, '$1;window.__VP_SITE_DATA__.base=globalThis.docsBase');
}

/** Finishes the built site in its folder. */
export function finishSite({ outDir }: SiteConfig): void {
  const files = readdirSync(outDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  // It needs to know its place, which a page of an error does not.
  rmSync(join(outDir, '404.html'), { force: true });
  rmSync(join(outDir, 'hashmap.json'), { force: true });

  const start = readFileSync(join(outDir, 'index.html'), 'utf8');
  const inline = [...start.matchAll(INLINE_SCRIPTS)].map(([, code = '']) => code);
  const write = (file: string, text: string) => {
    writeFileSync(file, text);
    if (text.length >= COMPRESSED_FROM) writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
  };
  write(join(outDir, FIRST_SCRIPT), [FIND_BASE, ...inline].join('\n'));
  for (const file of files) {
    const name = file.slice(outDir.length + 1).replaceAll('\\', '/');
    if (name === '404.html' || name === 'hashmap.json') continue;
    const text = readFileSync(file, 'utf8');
    if (name.endsWith('.html')) write(file, finishPage(text, name));
    else if (name.endsWith('.js')) write(file, finishScript(text));
    else if (name.endsWith('.css')) write(file, text + LAYOUT_STYLES + colorStyles());
  }
}
