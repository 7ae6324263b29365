// Words of headings and of the search index.
import type { MarkdownEnv } from 'vitepress';

/** The fragment of a heading, as GitHub makes it, so that links work in both places. */
export function slugOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

const words = new Intl.Segmenter('zh-CN', { granularity: 'word' });

/** Chinese text with its words apart, and each pair of neighbours as one word: a search finds only whole words. */
function apart(text: string): string {
  const found = [...words.segment(text)].map(({ segment }) => segment);
  const pairs = found.slice(1).map((word, at) => `${found[at]}${word}`);
  return ` ${[...found, ...pairs].join(' ')} `;
}

/**
 * Renders a page for the search index. Titles stay as they are, because results show them.
 * @param md the renderer of the site
 */
export async function separateWords(
  source: string,
  env: MarkdownEnv,
  md: { renderAsync(source: string, env: MarkdownEnv): Promise<string> },
): Promise<string> {
  const html = await md.renderAsync(source, env);
  return html
    .split(/(<h\d[^>]*>[\s\S]*?<\/h\d>|<[^>]*>)/)
    .map((part, at) => (at % 2 === 1 ? part : part.replace(/\p{Script=Han}{2,}/gu, apart)))
    .join('');
}
