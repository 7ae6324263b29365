// Reads Markdown for the page and the service worker with marked's lexer. Only tags that the page draws count as HTML.
// Everything else in angle brackets stays text, so that placeholders, types and addresses do not vanish.
import { Lexer, Tokenizer, type Tokens, type TokensList } from 'marked';

/** The HTML tags that the page draws. */
export const DRAWN_TAGS: ReadonlySet<string> = new Set(
  (
    'h1 h2 h3 h4 h5 h6 p br hr blockquote pre code ul ol li dl dt dd table thead tbody tfoot tr th td caption a img em strong ' +
    'del ins s u b i small sub sup kbd mark samp var abbr q cite details summary span div'
  ).split(' '),
);

/** Drawn tags that have no end tag. */
const VOID_TAGS: ReadonlySet<string> = new Set(['br', 'hr', 'img']);

/** A complete HTML tag. The second group is its name. */
const TAG = /<(\/?)([a-z][a-z0-9-]*)(?:\s+[a-z_:][\w:.@-]*(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*\s*\/?>/gi;

/** The target of a link definition. Log lines such as `[ERROR]: timeout` look like definitions, but have no target. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:|[/.#?]|[^\s]*[./])/i;

/** How deep quotes and lists may nest. Deeper ones are text, because marked's recursion would overflow the stack. */
const MAX_DEPTH = 16;

/** The drawn tags that the text opens and later closes. A tag that is never closed is a placeholder. */
function pairedTags(text: string): ReadonlySet<string> {
  const opened = new Set<string>();
  const paired = new Set<string>();
  for (const [, slash, tag = ''] of text.matchAll(/<(\/?)([a-z][a-z0-9-]*)(?=[\s/>])/gi)) {
    const name = tag.toLowerCase();
    if (slash === '') opened.add(name);
    else if (opened.has(name) && DRAWN_TAGS.has(name)) paired.add(name);
  }
  return paired;
}

/** Normalizes the label of a link as marked does. */
function normalizeLabel(label: string): string {
  return label.trim().replace(/\s+/g, ' ').toLowerCase().toUpperCase().toLowerCase();
}

class DrawnTokenizer extends Tokenizer {
  readonly #text: string;
  readonly #paired: ReadonlySet<string>;
  #labels: ReadonlySet<string> | undefined;
  #depth = 0;

  /** @param text the whole body, to find closing tags and references */
  constructor(text: string) {
    super();
    this.#text = text;
    this.#paired = pairedTags(text);
  }

  #draws(name: string, isEnd: boolean): boolean {
    const tag = name.toLowerCase();
    return VOID_TAGS.has(tag) ? !isEnd : this.#paired.has(tag);
  }

  /** Escapes each `<` that does not begin a drawn tag. */
  #escape(html: string): string {
    let escaped = '';
    let at = 0;
    for (const match of html.matchAll(TAG)) {
      const [tag, slash, name = ''] = match;
      if (!this.#draws(name, slash === '/')) continue;
      escaped += html.slice(at, match.index).replaceAll('<', '&lt;') + tag;
      at = match.index + tag.length;
    }
    return escaped + html.slice(at).replaceAll('<', '&lt;');
  }

  #isReferredTo(label: string): boolean {
    this.#labels ??= new Set(
      [...this.#text.matchAll(/\[([^[\]]+)\](?!:)/g)].map(([, used = '']) => normalizeLabel(used)),
    );
    return this.#labels.has(label);
  }

  #nested<T>(read: () => T): T | undefined {
    if (this.#depth >= MAX_DEPTH) return undefined;
    this.#depth += 1;
    try {
      return read();
    } finally {
      this.#depth -= 1;
    }
  }

  override blockquote(source: string): Tokens.Blockquote | undefined {
    return this.#nested(() => super.blockquote(source));
  }

  override list(source: string): Tokens.List | undefined {
    return this.#nested(() => super.list(source));
  }

  override html(source: string): Tokens.HTML | undefined {
    const [, slash, name] = /^ {0,3}<(\/?)([a-z][a-z0-9-]*)/i.exec(source) ?? [];
    if (name === undefined || !this.#draws(name, slash === '/')) return undefined;
    const token = super.html(source);
    return token === undefined ? undefined : { ...token, text: this.#escape(token.text) };
  }

  override tag(source: string): Tokens.Tag | undefined {
    const found = /^<(\/?)([a-z][a-z0-9-]*)/i.exec(source);
    if (found === null) return undefined;
    if (this.#draws(found[2] ?? '', found[1] === '/')) return super.tag(source);
    // Keep the tag as one piece of text. Otherwise an address inside it becomes a link that ends in `">`.
    const [raw] = this.rules.inline.tag.exec(source) ?? [];
    if (raw === undefined) return undefined;
    const text: Tokens.Text = { type: 'text', raw, text: raw };
    // marked's types allow only tags here; its lexer takes any token.
    return text as unknown as Tokens.Tag;
  }

  // `2*3*4` and `a*b*c` are not emphasis, as with underscores. Scripts without spaces keep emphasis inside words.
  override emStrong(source: string, masked: string, before = ''): Tokens.Em | Tokens.Strong | undefined {
    const isInWord = /[a-z0-9]$/i.test(before) && /^\*+[a-z0-9]/i.test(source);
    return isInWord ? undefined : super.emStrong(source, masked, before);
  }

  // Inside <pre> and <code>, marked assumes that the text is already escaped.
  override inlineText(source: string): Tokens.Text | undefined {
    const token = super.inlineText(source);
    return token === undefined ? undefined : { ...token, escaped: false };
  }

  override def(source: string): Tokens.Def | undefined {
    const token = super.def(source);
    return token !== undefined && ADDRESS.test(token.href) && this.#isReferredTo(token.tag) ? token : undefined;
  }
}

/**
 * Reads the tokens of a body.
 * @param whole the whole body if `text` is only its beginning, because the end of a tag may be in the rest
 */
export function lexMarkdown(text: string, whole: string = text): TokensList {
  return new Lexer({ gfm: true, breaks: true, tokenizer: new DrawnTokenizer(whole) }).lex(text);
}

/** Removes the tags from HTML. Line breaks stay. */
export function withoutTags(html: string): string {
  return html.replace(/<(?:br\b[^>]*|\/(?:p|div|li|tr|dt|dd|h[1-6]|summary|pre))>\n?/gi, '\n').replace(TAG, '');
}
