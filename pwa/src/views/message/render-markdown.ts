// Turns Markdown into safe nodes: marked writes HTML, DOMPurify keeps what is allowed, and pictures wait for a tap.
// It is a separate chunk, loaded with the first message that a person opens.
import createDOMPurify, { type DOMPurify } from 'dompurify';
import { Parser, Renderer, type Tokens } from 'marked';
import { safeImage, safeLink } from '../../../../shared/links.ts';
import { DRAWN_TAGS, lexMarkdown } from '../../model/message/markdown.ts';

/** Longer bodies are shown as plain text, because parsing them would block the page. */
const MAX_LENGTH = 200_000;

const ATTRIBUTES = ['href', 'src', 'alt', 'title', 'align', 'colspan', 'rowspan', 'start', 'dir', 'lang', 'open'];

/** The nodes of a body, and the hosts of the pictures that it did not load. */
export interface Rendered {
  readonly nodes: DocumentFragment;
  readonly hosts: readonly string[];
}

export interface MarkdownOptions {
  /** The page's address, for relative links to pictures. */
  readonly base: string;
  readonly loadImages: boolean;
  /** Texts that the page adds to the sender's content. */
  readonly labels: { readonly copy: string; readonly imageFailed: string };
  /** Called when a person copies a block of code. */
  readonly onCopy: (code: string) => void;
}

export type RenderMarkdown = (text: string, options: MarkdownOptions) => Rendered | undefined;

/**
 * Removes handlers and styles from a sender's tags before the browser parses them. DOMPurify removes them anyway, but by
 * then the browser has logged each as a violation of the page's policy. This keeps the console quiet; it is not for safety.
 */
function quiet(html: string): string {
  return html.replace(/<[a-z][^>]*>/gi, (tag) =>
    tag.replace(/([\s"'/])(?:on[a-z]+|style)(\s*=)/gi, '$1data-dropped$2'),
  );
}

class DrawnRenderer extends Renderer {
  // A checkbox that cannot be ticked is shown as a character.
  override checkbox({ checked }: Tokens.Checkbox): string {
    return checked ? '☑ ' : '☐ ';
  }

  override html({ text }: Tokens.HTML | Tokens.Tag): string {
    return quiet(text);
  }
}

/**
 * @param page creates the nodes; DOMPurify registers its Trusted Types policy `dompurify`
 * @returns a function that returns undefined for bodies that are too long
 */
export function createMarkdown(page: Window & typeof globalThis): RenderMarkdown {
  const renderer = new DrawnRenderer();
  const purify: DOMPurify = createDOMPurify(page);
  let options: Pick<MarkdownOptions, 'base' | 'loadImages'> = { base: '', loadImages: false };
  let hosts = new Set<string>();

  // DOMPurify parses into a document that loads nothing. An `src` that stays would load once the page imports its node.
  purify.addHook('afterSanitizeAttributes', (node) => {
    if (node.localName === 'a') {
      const href = safeLink(node.getAttribute('href') ?? '');
      node.removeAttribute('href');
      if (href === undefined) return;
      node.setAttribute('href', href);
      node.setAttribute('target', '_blank');
      node.setAttribute('rel', 'noopener noreferrer');
    } else if (node.localName === 'img') {
      const src = safeImage(node.getAttribute('src') ?? '', options.base);
      node.removeAttribute('src');
      if (src === undefined) return;
      node.setAttribute('loading', 'lazy');
      // Load a picture only after a tap, even from the relay itself, because a GET there may send a message.
      if (options.loadImages) node.setAttribute('src', src);
      else hosts.add(new URL(src).host);
    } else node.removeAttribute('src');
  });

  return (text, wanted) => {
    if (text.length > MAX_LENGTH) return undefined;
    options = wanted;
    hosts = new Set();
    const nodes = purify.sanitize(Parser.parse(lexMarkdown(text), { renderer }), {
      ALLOWED_TAGS: [...DRAWN_TAGS],
      ALLOWED_ATTR: ATTRIBUTES,
      ALLOW_DATA_ATTR: false,
      ALLOW_ARIA_ATTR: false,
      RETURN_DOM_FRAGMENT: true,
    });
    const inWords = (image: Element, text: string) => {
      const word = page.document.createElement('span');
      word.className = 'image-waits';
      word.textContent = text;
      image.replaceWith(word);
    };
    for (const image of nodes.querySelectorAll('img')) {
      const alt = image.getAttribute('alt') || '🖼';
      if (!image.hasAttribute('src')) inWords(image, alt);
      else image.addEventListener('error', () => inWords(image, `${alt} (${wanted.labels.imageFailed})`));
    }
    // A wide table scrolls in its frame, so that the page does not scroll sideways.
    for (const table of nodes.querySelectorAll('table')) {
      const frame = page.document.createElement('div');
      frame.className = 'table-frame';
      frame.tabIndex = 0;
      table.replaceWith(frame);
      frame.append(table);
    }
    for (const code of nodes.querySelectorAll('pre')) {
      code.tabIndex = 0;
      const frame = page.document.createElement('div');
      frame.className = 'code-frame';
      const button = page.document.createElement('button');
      button.type = 'button';
      button.className = 'code-copy';
      button.textContent = wanted.labels.copy;
      button.addEventListener('click', () => wanted.onCopy(code.textContent.replace(/\n$/, '')));
      code.replaceWith(frame);
      frame.append(code, button);
    }
    return { nodes, hosts: [...hosts] };
  };
}
