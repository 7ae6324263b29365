import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { en } from '../../pwa/src/locales/en.ts';
import { ownerEn } from '../../pwa/src/locales/owner/en.ts';
import { ownerZh } from '../../pwa/src/locales/owner/zh.ts';
import { zh } from '../../pwa/src/locales/zh.ts';
import { allPages, describePage, root } from '../support/page.ts';

/** The test of a page that needs more than its lines. */
const testOf = (page: string) =>
  page === 'README' ? join(root, 'test/readme.test.ts') : join(root, `test/docs/${basename(page)}.test.ts`);

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const LANGUAGES = [
  { ending: '.md', words: en, ownerWords: ownerEn },
  { ending: '.zh-CN.md', words: zh, ownerWords: ownerZh },
] as const;

/** Pages with menus of other programs, which have the same names as ours. */
const OF_OTHERS = new Set(['docs/integrations', 'docs/ntfy', 'docs/webhooks']);

for (const page of allPages()) {
  if (!existsSync(testOf(page))) describePage(page);
}

describe('the pages for users', () => {
  it('are all tested in the same way', () => {
    const describes = (page: string) =>
      new RegExp(`describePage\\(\\s*'${page}'`).test(readFileSync(testOf(page), 'utf8'));
    const strays = allPages().filter((page) => existsSync(testOf(page)) && !describes(page));
    expect(strays).to.deep.equal([]);
  });

  for (const { ending, words, ownerWords } of LANGUAGES) {
    it(`call the buttons of the page by their names: ${ending}`, () => {
      const known = new Set<unknown>([...Object.values(words), ...Object.values(ownerWords)]);
      const pages = allPages()
        .filter((page) => !OF_OTHERS.has(page))
        .map((page) => [page, read(page + ending)] as const);
      const named = pages.flatMap(([page, text]) =>
        [...text.matchAll(/\*([^*→\n]+) → ([^*→\n]+)\*/g)]
          .filter(([, view]) => view === words['nav.settings'])
          .map(([, , button = '']) => ({ page, button })),
      );
      expect(named.length).to.be.above(2);
      expect(named.filter(({ button }) => !known.has(button))).to.deep.equal([]);
      for (const key of ['pairing.pair', 'push.enable'] as const) {
        expect(read(`README${ending}`)).to.include(`*${words[key]}*`);
      }
    });
  }

  it('are all in the list of pages', () => {
    const names = allPages()
      .map((page) => page.replace('docs/', ''))
      .filter((name) => name !== 'README');
    for (const { ending } of LANGUAGES) {
      const list = read(`docs/README${ending}`);
      expect(names.filter((name) => !list.includes(`](${name}${ending})`))).to.deep.equal([]);
    }
  });

  it('have no tags outside of code, because GitHub would hide them', () => {
    for (const page of allPages().filter((name) => name !== 'README')) {
      for (const { ending } of LANGUAGES) {
        const prose = read(page + ending).replace(/```[\s\S]*?```|`[^`]*`|<!--[\s\S]*?-->/g, '');
        expect(/<[^>]+>/.exec(prose)?.[0], page + ending).to.equal(undefined);
      }
    }
  });

  it('lead Chinese readers to Chinese pages', () => {
    const strays = allPages().flatMap((page) => {
      const links = [...read(`${page}.zh-CN.md`).matchAll(/\]\(([\w./-]+?)\.md(?:#[^)]*)?\)/g)];
      const targets = links.map(([, target = '']) => join(page, '..', target));
      return targets.filter((target) => target !== page && existsSync(join(root, `${target}.zh-CN.md`)));
    });
    expect(strays).to.deep.equal([]);
  });

  it('use one Chinese word for each concept', () => {
    for (const page of allPages()) {
      const text = read(`${page}.zh-CN.md`);
      const prose = text
        .replace(/```[\s\S]*?```|`[^`]*`|\*[^*\n]*\*|<!--[\s\S]*?-->|<[^>]*>/g, '')
        .replace(/\]\([^)]*\)/g, ']');
      expect(prose, page).to.not.match(/\btokens?\b|配对代码|一次性的?代码|分组|小组/i);
    }
  });
});
