// Builds docs/ into dist/docs, which the relay serves at /docs. The pages are those of the folder, in both languages.
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DefaultTheme, defineConfig } from 'vitepress';
import { colorClasses } from './colors.ts';
import { finishSite } from './finish.ts';
import { withoutTemplates } from './markdown.ts';
import { headings, type Language, stagePages } from './pages.ts';
import { separateWords, slugOf } from './words.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const staged = here('../../dist/docs-source');
stagePages(here('..'), staged);
mkdirSync(`${staged}/public`);
cpSync(here('../../pwa/public/icon.svg'), `${staged}/public/icon.svg`);

/** The sidebar is the list of pages in docs/README.md. */
function sidebar(language: Language): DefaultTheme.SidebarItem[] {
  return headings(readFileSync(`${staged}/${language.folder}index.md`, 'utf8'), language);
}

const chineseSearch = {
  translations: {
    button: { buttonText: '搜索', buttonAriaLabel: '搜索' },
    modal: {
      displayDetails: '显示详细列表',
      resetButtonTitle: '清除',
      backButtonTitle: '关闭',
      noResultsText: '没有找到',
      footer: { selectText: '选择', navigateText: '切换', closeText: '关闭' },
    },
  },
};

const zh: DefaultTheme.Config = {
  sidebar: sidebar({ folder: 'zh/', link: '/zh/' }),
  outline: { label: '本页内容' },
  docFooter: { prev: '上一页', next: '下一页' },
  darkModeSwitchLabel: '外观',
  lightModeSwitchTitle: '切换到浅色',
  darkModeSwitchTitle: '切换到深色',
  sidebarMenuLabel: '目录',
  returnToTopLabel: '返回顶部',
  langMenuLabel: '语言',
  skipToContentLabel: '跳到正文',
  notFound: { title: '没有这个页面', quote: '请从目录中选择一个页面。', linkText: '全部文档', linkLabel: '全部文档' },
};

// vitepress reads only the default export of this file.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  title: 'Herald',
  description: 'A notification relay that you host yourself',
  base: '/docs/',
  srcDir: staged,
  outDir: here('../../dist/docs-new'),
  cacheDir: here('../../dist/docs-cache'),
  cleanUrls: true,
  // Without transitions it adds a style to the page for a moment, which the policy forbids.
  appearance: { disableTransition: false },
  markdown: { anchor: { slugify: slugOf }, codeTransformers: [colorClasses], config: withoutTemplates },
  locales: {
    root: { label: 'English', lang: 'en' },
    zh: { label: '简体中文', lang: 'zh-CN', description: '自己部署的消息推送服务器', themeConfig: zh },
  },
  themeConfig: {
    siteTitle: 'Herald',
    sidebar: sidebar({ folder: '', link: '/' }),
    outline: { level: [2, 3] },
    notFound: { quote: 'Choose a page from the list.', linkText: 'All pages' },
    search: { provider: 'local', options: { _render: separateWords, locales: { zh: chineseSearch } } },
  },
  buildEnd: finishSite,
});
