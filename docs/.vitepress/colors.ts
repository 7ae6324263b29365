// The colors of code as classes: the policy of the site forbids styles in attributes.
import type { MarkdownOptions } from 'vitepress';

type ShikiTransformer = NonNullable<MarkdownOptions['codeTransformers']>[number];

/** The class of each combination of colors, by its style. */
const classes = new Map<string, string>();

function classOf(style: string): string {
  const known = classes.get(style) ?? `code-${classes.size}`;
  classes.set(style, known);
  return known;
}

const styleText = (style: Readonly<Record<string, string>>) =>
  Object.entries(style)
    .map(([key, value]) => `${key}:${value}`)
    .join(';');

/** Turns the styles of code into classes. */
export const colorClasses: ShikiTransformer = {
  name: 'color-classes',
  tokens(lines) {
    for (const token of lines.flat()) {
      if (typeof token.htmlStyle !== 'object') continue;
      token.htmlAttrs = { ...token.htmlAttrs, class: classOf(styleText(token.htmlStyle)) };
      token.htmlStyle = {};
    }
  },
  pre(node) {
    const { style } = node.properties;
    if (typeof style !== 'string') return;
    this.addClassToHast(node, classOf(style));
    delete node.properties['style'];
  },
};

/** The rules of all classes so far. */
export function colorStyles(): string {
  return [...classes].map(([style, name]) => `.${name}{${style}}`).join('');
}
