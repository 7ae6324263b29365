import type { MarkdownRenderer } from 'vitepress';

/** Shows `{{ … }}` and tags as they are written. Vue would take them for expressions and elements of its own. */
export function withoutTemplates(md: MarkdownRenderer): void {
  md.set({ html: false });
  const { renderer } = md;
  const render = renderer.render.bind(renderer);
  renderer.render = (...args) => render(...args).replaceAll('{{', '&#123;&#123;');
}
