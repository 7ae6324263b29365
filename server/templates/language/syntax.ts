// Reads Go's templates: text with actions in braces. What they do is in run.ts.

/** An expression. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'dot' }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'field'; readonly of: Expression; readonly name: string }
  | { readonly kind: 'pipeline'; readonly commands: readonly Command[] };

/** A value, or a call with arguments. */
export type Command = readonly Expression[];

/** A pipeline, and the variables that get its value. */
export interface Pipeline {
  readonly variables: readonly string[];
  /** Whether the variables are new. */
  readonly declares: boolean;
  readonly commands: readonly Command[];
}

/** A part of a template. */
export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    }
  | { readonly kind: 'break' | 'continue' };

/** The text is no template. */
export class TemplateSyntaxError extends Error {}

interface Token {
  readonly kind: (typeof KINDS)[number];
  readonly text: string;
  /** Whether it follows the one before it without a blank. */
  readonly isGlued: boolean;
}

const TOKEN =
  /\s+|("(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)+')|([+-]?(?:0x[\da-f]+|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+))(?![\w.])|(\.[A-Za-z_]\w*)|(\$\w*)|([A-Za-z_]\w*)|(:=|[()|,=.])/iy;
const KINDS = ['string', 'number', 'field', 'variable', 'name', 'sign'] as const;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };
const MAX_DEPTH = 100;

function fail(reason: string): never {
  throw new TemplateSyntaxError(reason);
}

/** The text of a literal in quotes. */
function unquote(literal: string): string {
  const inner = literal.slice(1, -1);
  if (literal.startsWith('`')) return inner;
  return inner.replace(
    /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{3})|(.))/gis,
    (_all, byte?: string, short?: string, long?: string, octal?: string, one = '') => {
      const hex = byte ?? short ?? long;
      if (hex !== undefined) return String.fromCodePoint(Math.min(Number.parseInt(hex, 16), 0x10ffff));
      return octal === undefined ? (ESCAPES[one] ?? one) : String.fromCharCode(Number.parseInt(octal, 8));
    },
  );
}

function tokensOf(action: string): Token[] {
  const tokens: Token[] = [];
  for (TOKEN.lastIndex = 0; TOKEN.lastIndex < action.length; ) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(action);
    if (found === null) fail(`unexpected "${[...action.slice(at)][0]}"`);
    const index = found.slice(1).findIndex((group) => group !== undefined);
    const kind = KINDS[index];
    const isGlued = !/\s/.test(action[at - 1] ?? ' ');
    if (kind !== undefined) tokens.push({ kind, text: found[index + 1] ?? '', isGlued });
  }
  return tokens;
}

/** Reads the expressions of one action. */
class ActionParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  /** Takes a name, if it is the next one. */
  takes(name: string): boolean {
    const is = this.#peek()?.kind === 'name' && this.#peek()?.text === name;
    if (is) this.#at += 1;
    return is;
  }

  pipeline(): Pipeline {
    const variables: string[] = [];
    const start = this.#at;
    while (this.#peek()?.kind === 'variable') {
      variables.push(this.#next().text);
      if (!this.#isSign(',')) break;
      this.#at += 1;
    }
    const sign = this.#peek()?.text;
    if (variables.length > 0 && (sign === ':=' || sign === '=')) {
      this.#at += 1;
      return { variables, declares: sign === ':=', commands: this.#commands() };
    }
    this.#at = start;
    return { variables: [], declares: false, commands: this.#commands() };
  }

  end(): void {
    const token = this.#peek();
    if (token !== undefined) fail(`unexpected "${token.text}"`);
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #next(): Token {
    const token = this.#peek() ?? fail('unexpected end of an action');
    this.#at += 1;
    return token;
  }

  #isSign(text: string): boolean {
    const token = this.#peek();
    return token?.kind === 'sign' && token.text === text;
  }

  #commands(): Command[] {
    const commands = [this.#command()];
    while (this.#isSign('|')) {
      this.#at += 1;
      commands.push(this.#command());
    }
    return commands;
  }

  #command(): Command {
    const parts: Expression[] = [];
    while (!this.isAtEnd && !this.#isSign('|') && !this.#isSign(')')) parts.push(this.#operand());
    if (parts.length === 0) fail('missing value for command');
    const [first] = parts;
    if (parts.length > 1 && first?.kind !== 'function') fail("can't give arguments to what is no function");
    return parts;
  }

  #operand(): Expression {
    let found = this.#term();
    for (let next = this.#peek(); next?.kind === 'field' && next.isGlued && this.#isChain(); next = this.#peek()) {
      found = { kind: 'field', of: found, name: this.#next().text.slice(1) };
    }
    return found;
  }

  /** Whether a field may belong to the term before it, as in `(f).a` and `$x.a`. */
  #isChain(): boolean {
    const before = this.#tokens[this.#at - 1];
    return before?.kind === 'field' || before?.kind === 'variable' || before?.text === ')';
  }

  #term(): Expression {
    const { kind, text } = this.#next();
    switch (kind) {
      case 'string':
        return text.startsWith("'")
          ? { kind: 'literal', value: unquote(text).codePointAt(0) ?? 0 }
          : { kind: 'literal', value: unquote(text) };
      case 'number':
        return { kind: 'literal', value: Number(text.replaceAll('_', '')) };
      case 'field':
        return { kind: 'field', of: { kind: 'dot' }, name: text.slice(1) };
      case 'variable':
        return { kind: 'variable', name: text };
      case 'name':
        if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' };
        return text === 'nil' ? { kind: 'literal', value: null } : { kind: 'function', name: text };
      default:
        if (text === '.') return { kind: 'dot' };
        return text === '(' ? this.#group() : fail(`unexpected "${text}"`);
    }
  }

  #group(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) fail('nested too deeply');
    const commands = this.#commands();
    if (!this.#isSign(')')) fail('unclosed left paren');
    this.#at += 1;
    this.#depth -= 1;
    return { kind: 'pipeline', commands };
  }
}

type Piece = { readonly text: string; readonly isAction: boolean };

/** Splits a template into texts and actions. Signs at the braces trim the white space beside them. */
function piecesOf(template: string): Piece[] {
  const pieces: Piece[] = [];
  let trims = false;
  for (let at = 0; ; ) {
    const open = template.indexOf('{{', at);
    const text = template.slice(at, open < 0 ? undefined : open);
    const trimsBefore = open >= 0 && /^\{\{-\s/.test(template.slice(open, open + 4));
    const left = trims ? text.trimStart() : text;
    pieces.push({ text: trimsBefore ? left.trimEnd() : left, isAction: false });
    if (open < 0) return pieces;
    const close = closingBraces(template, open + 2);
    const inner = template.slice(open + 2, close).replace(/^-(?=\s)/, '');
    trims = /\s-$/.test(inner);
    const action = (trims ? inner.slice(0, -1) : inner).trim();
    if (!/^\/\*.*\*\/$/s.test(action)) pieces.push({ text: action, isAction: true });
    at = close + 2;
  }
}

/** Where an action ends: behind texts in quotes. */
function closingBraces(template: string, from: number): number {
  const part = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|\/\*.*?\*\/|\}\}|[^"`'/}]+|./gsy;
  part.lastIndex = from;
  for (let found = part.exec(template); found !== null; found = part.exec(template)) {
    if (found[0] === '}}') return found.index;
  }
  return fail('unclosed action');
}

type Block = { readonly nodes: TemplateNode[]; readonly end: string; readonly parser: ActionParser | undefined };

class Parser {
  readonly #pieces: readonly Piece[];
  #at = 0;
  #depth = 0;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  root(): TemplateNode[] {
    const { nodes, end } = this.#block(false);
    return end === '' ? nodes : fail(`unexpected {{${end}}}`);
  }

  /** Reads up to `end` or `else`. */
  #block(isInRange: boolean): Block {
    const nodes: TemplateNode[] = [];
    for (let piece = this.#pieces[this.#at]; piece !== undefined; piece = this.#pieces[this.#at]) {
      this.#at += 1;
      if (!piece.isAction) {
        if (piece.text !== '') nodes.push({ kind: 'text', text: piece.text });
        continue;
      }
      const parser = new ActionParser(piece.text);
      if (parser.takes('end')) return { nodes, end: 'end', parser };
      if (parser.takes('else')) return { nodes, end: 'else', parser };
      nodes.push(this.#action(parser, isInRange));
    }
    return { nodes, end: '', parser: undefined };
  }

  #action(parser: ActionParser, isInRange: boolean): TemplateNode {
    for (const kind of ['if', 'with', 'range'] as const) {
      if (parser.takes(kind)) return this.#control(kind, parser, isInRange || kind === 'range');
    }
    for (const kind of ['break', 'continue'] as const) {
      if (!parser.takes(kind)) continue;
      if (!isInRange) fail(`{{${kind}}} outside {{range}}`);
      parser.end();
      return { kind };
    }
    const pipeline = parser.pipeline();
    parser.end();
    return { kind: 'action', pipeline };
  }

  #control(kind: 'if' | 'with' | 'range', parser: ActionParser, isInRange: boolean): TemplateNode {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) fail('nested too deeply');
    const pipeline = parser.pipeline();
    parser.end();
    const { nodes: body, end, parser: last } = this.#block(isInRange);
    let otherwise: readonly TemplateNode[] = [];
    if (end === 'else' && last !== undefined && !last.isAtEnd) {
      const chained = (['if', 'with'] as const).find((word) => word === kind && last.takes(word));
      if (chained === undefined) fail('unexpected text after {{else}}');
      otherwise = [this.#control(chained, last, isInRange)];
    } else if (end === 'else') {
      const rest = this.#block(isInRange);
      if (rest.end !== 'end') fail('expected {{end}}');
      rest.parser?.end();
      otherwise = rest.nodes;
    } else {
      if (end !== 'end') fail('unexpected end of the template');
      last?.end();
    }
    this.#depth -= 1;
    return { kind, pipeline, body, otherwise };
  }
}

/** Reads a template. @throws TemplateSyntaxError */
export function parseTemplate(template: string): readonly TemplateNode[] {
  return new Parser(piecesOf(template)).root();
}
