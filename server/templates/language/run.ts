// Runs templates over the JSON of a body, within bounds of time and size. A template sees only that JSON: it reads own members,
// calls the functions of functions.ts, and repeats only over what the JSON or a function has.
import { createFunctions } from './functions.ts';
import {
  type Command,
  type Expression,
  type Pipeline,
  parseTemplate,
  type TemplateNode,
  TemplateSyntaxError,
} from './syntax.ts';
import { isMap, isTrue, show, TemplateError, type Value } from './values.ts';

/** Longest time in ms. */
const MAX_TIME = 100;
/** Longest result in bytes. */
const MAX_OUTPUT = 32_768;
/** What a template may not do: call others, and define them. */
const DISALLOWED = /\{\{-?\s*(?:call|template|define|block)\b/;

/**
 * Why a template gives no text: it cannot be parsed, it does what no template may do, it failed while running, or it took too
 * much time or space.
 */
export type TemplateFaultKind = 'syntax' | 'disallowed' | 'failed' | 'time' | 'size';

/** A template gives no text. The message says why; it may show values of the data. */
export class TemplateFault extends Error {
  readonly kind: TemplateFaultKind;

  constructor(kind: TemplateFaultKind, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.kind = kind;
  }
}

/** How a template is run. */
export interface RunOptions {
  /** ms since 1970. */
  readonly now: () => number;
  /** Tells whether its time is over; by default that of a {@link timeLimit} of its own. */
  readonly isOver?: () => boolean;
  /** What is written for a value that is missing; by default what Go writes. */
  readonly missing?: string;
}

/**
 * Begins the time that one template or several have. The returned function tells whether it is over. Only time in which the
 * process computes counts, because a machine may be so busy that any template takes longer.
 */
export function timeLimit(): () => boolean {
  const begin = performance.now();
  const before = process.cpuUsage();
  return () => {
    // That is cheaper to ask.
    if (performance.now() - begin <= MAX_TIME) return false;
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 > MAX_TIME;
  };
}

/** Variables of a block, the innermost last. */
type Scope = Map<string, Value>[];

class Leave extends Error {
  readonly kind: 'break' | 'continue';

  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

class Run {
  readonly #functions: ReturnType<typeof createFunctions>;
  readonly #isOver: () => boolean;
  readonly #missing: string | undefined;
  readonly #out: string[] = [];
  #size = 0;

  constructor({ now, isOver = timeLimit(), missing }: RunOptions) {
    this.#functions = createFunctions(now);
    this.#isOver = isOver;
    this.#missing = missing;
  }

  result(nodes: readonly TemplateNode[], data: Value): string {
    this.#all(nodes, data, [new Map([['$', data]])]);
    return this.#out.join('');
  }

  #write(text: string): void {
    this.#size += Buffer.byteLength(text);
    if (this.#size > MAX_OUTPUT) throw new TemplateFault('size', `more than ${MAX_OUTPUT} bytes come out of it`);
    this.#out.push(text);
  }

  #check(): void {
    if (this.#isOver()) throw new TemplateFault('time', `it takes longer than ${MAX_TIME} ms`);
  }

  #all(nodes: readonly TemplateNode[], dot: Value, scope: Scope): void {
    for (const node of nodes) this.#node(node, dot, scope);
  }

  #node(node: TemplateNode, dot: Value, scope: Scope): void {
    this.#check();
    switch (node.kind) {
      case 'text':
        this.#write(node.text);
        break;
      case 'action': {
        const value = this.#pipeline(node.pipeline, dot, scope);
        if (node.pipeline.variables.length === 0)
          this.#write((value ?? undefined) === undefined ? (this.#missing ?? show(value)) : show(value));
        break;
      }
      case 'break':
      case 'continue':
        throw new Leave(node.kind);
      case 'range':
        this.#range(node, dot, [...scope, new Map()]);
        break;
      default: {
        const inner = [...scope, new Map<string, Value>()];
        const value = this.#pipeline(node.pipeline, dot, inner);
        if (isTrue(value)) this.#all(node.body, node.kind === 'with' ? value : dot, inner);
        else this.#all(node.otherwise, dot, inner);
      }
    }
  }

  #range(node: Extract<TemplateNode, { readonly body: unknown }>, dot: Value, scope: Scope): void {
    const { variables, declares, commands } = node.pipeline;
    const value = this.#commands(commands, dot, scope);
    const pairs = pairsOf(value);
    const set = (name: string | undefined, item: Value, inner: Scope) => {
      if (name !== undefined) this.#assign(name, item, inner, declares);
    };
    for (const [key, item] of pairs) {
      const inner = [...scope, new Map<string, Value>()];
      // A single variable gets the value, two get the key and the value.
      if (variables.length === 1) set(variables[0], item, inner);
      else {
        set(variables[0], key, inner);
        set(variables[1], item, inner);
      }
      try {
        this.#all(node.body, item, inner);
      } catch (error) {
        if (!(error instanceof Leave)) throw error;
        if (error.kind === 'break') return;
      }
    }
    if (pairs.length === 0) this.#all(node.otherwise, dot, scope);
  }

  #assign(name: string, value: Value, scope: Scope, declares: boolean): void {
    const owner = declares ? scope.at(-1) : scope.findLast((one) => one.has(name));
    if (owner === undefined) throw new TemplateError(`undefined variable "${name}"`);
    owner.set(name, value);
  }

  #pipeline({ variables, declares, commands }: Pipeline, dot: Value, scope: Scope): Value {
    const value = this.#commands(commands, dot, scope);
    for (const name of variables) this.#assign(name, value, scope, declares);
    return value;
  }

  #commands(commands: readonly Command[], dot: Value, scope: Scope): Value {
    let value: Value;
    for (const [at, command] of commands.entries()) value = this.#command(command, dot, scope, at === 0 ? [] : [value]);
    return value;
  }

  #command([first, ...others]: Command, dot: Value, scope: Scope, piped: readonly Value[]): Value {
    this.#check();
    if (first === undefined) return undefined;
    if (first.kind === 'function') {
      const { name } = first;
      const call = this.#functions.get(name);
      if (call === undefined) throw new TemplateSyntaxError(`function "${name}" not defined`);
      // These look no further than they have to.
      if (name === 'and' || name === 'or') return this.#shortCircuit(name, others, dot, scope, piped);
      return call([...others.map((one) => this.#value(one, dot, scope)), ...piped]);
    }
    if (piped.length > 0) throw new TemplateError("can't give arguments to what is no function");
    return this.#value(first, dot, scope);
  }

  #shortCircuit(
    name: 'and' | 'or',
    parts: readonly Expression[],
    dot: Value,
    scope: Scope,
    piped: readonly Value[],
  ): Value {
    let value: Value;
    for (const part of parts) {
      value = this.#value(part, dot, scope);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #value(expression: Expression, dot: Value, scope: Scope): Value {
    switch (expression.kind) {
      case 'literal':
        return expression.value;
      case 'dot':
        return dot;
      case 'variable': {
        const owner = scope.findLast((one) => one.has(expression.name));
        if (owner === undefined) throw new TemplateSyntaxError(`undefined variable "${expression.name}"`);
        return owner.get(expression.name);
      }
      case 'function':
        return this.#command([expression], dot, scope, []);
      case 'field':
        return fieldOf(this.#value(expression.of, dot, scope), expression.name);
      case 'pipeline':
        return this.#commands(expression.commands, dot, scope);
    }
  }
}

/** The pairs of a list or, by their names, of a map. */
function pairsOf(value: Value): readonly (readonly [key: Value, item: Value])[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value.map((item, at) => [at, item]);
  if (!isMap(value)) throw new TemplateError(`range can't iterate over ${show(value)}`);
  return Object.keys(value)
    .sort()
    .map((name) => [name, value[name]]);
}

function fieldOf(value: Value, name: string): Value {
  if (value === undefined || value === null) return undefined;
  if (!isMap(value)) throw new TemplateError(`can't evaluate field ${name} in ${show(value)}`);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Does something with a template. @throws TemplateFault */
function guarded<T>(template: string, work: () => T): T {
  if (DISALLOWED.test(template)) {
    throw new TemplateFault('disallowed', 'a template may not use template, define, block and call');
  }
  try {
    return work();
  } catch (cause) {
    if (cause instanceof TemplateSyntaxError) throw new TemplateFault('syntax', cause.message, { cause });
    if (cause instanceof TemplateError) throw new TemplateFault('failed', cause.message, { cause });
    // The stack is full.
    if (cause instanceof RangeError) throw new TemplateFault('failed', 'nested too deeply', { cause });
    throw cause;
  }
}

/**
 * The result of a template, without white space at its ends.
 * @param data the JSON of the body
 * @throws TemplateFault
 */
export function runTemplate(template: string, data: unknown, options: RunOptions): string {
  return guarded(template, () => new Run(options).result(parseTemplate(template), data).trim());
}

/** The names of all functions that a part of a template calls. */
function* functionsIn(part: unknown): Iterable<string> {
  if (typeof part !== 'object' || part === null) return;
  if ('kind' in part && part.kind === 'function' && 'name' in part) yield String(part.name);
  for (const inner of Object.values(part)) yield* functionsIn(inner);
}

const FUNCTIONS = createFunctions(() => 0);

/** Checks that a template can be run, whatever the data is. @throws TemplateFault `syntax` or `disallowed` */
export function checkTemplate(template: string): void {
  guarded(template, () => {
    for (const name of functionsIn(parseTemplate(template))) {
      if (!FUNCTIONS.has(name)) throw new TemplateSyntaxError(`function "${name}" not defined`);
    }
  });
}

/** Turns `\n`, written as two characters, into line breaks outside the braces. */
export function breakLines(template: string): string {
  // Braces that nothing closes go to the end, so that each character is looked at once.
  return template.replace(/\{\{.*?(?:\}\}|$)|\\n/gs, (part) => (part === '\\n' ? '\n' : part));
}
