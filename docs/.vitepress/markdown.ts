import type { MarkdownRenderer } from 'vitepress';

/** Shows `{{ … }}` as it is written. Vue would take it for an expression of its own. */
export function withoutTemplates({ renderer }: MarkdownRenderer): void {
  const render = renderer.render.bind(renderer);
  renderer.render = (...args) => render(...args).replaceAll('{{', '&#123;&#123;');
}
