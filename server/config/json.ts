// JSON text to a value, with the place of a mistake told by line and column and nothing of the text repeated.
// Not here: what the value means.

/** Where JSON text stops being JSON; both count from 1. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
}

/** The value of a JSON text, or the place where it goes wrong. A byte order mark is skipped. */
export function readJsonText(text: string): { readonly value: unknown } | { readonly problem: SyntaxProblem } {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return { value: JSON.parse(body) };
  } catch {
    const before = body.slice(0, mistakeAt(body));
    const lineStart = before.lastIndexOf('\n') + 1;
    return { problem: { line: before.split('\n').length, column: before.length - lineStart + 1 } };
  }
}

const SPACE = /[\t\n\r ]*/y;
const TOKEN =
  /([{}[\],:])|("[ !#-[\]-\uffff]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[ !#-[\]-\uffff]*)*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y;

/** What may come next; `end` once the one value is complete. */
type Expected = 'value' | 'value or ]' | 'key' | 'key or }' | ':' | 'comma or close' | 'end';

/** Offset of the first token that cannot stand where it stands. The engine's own message does not always have it. */
function mistakeAt(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  for (;;) {
    SPACE.lastIndex = offset;
    SPACE.exec(text);
    TOKEN.lastIndex = SPACE.lastIndex;
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) return start;
    const [, mark, string] = match;
    const next = follow(open, expected, mark ?? (string === undefined ? 'literal' : 'string'));
    if (next === undefined) return start;
    expected = next;
    offset = TOKEN.lastIndex;
  }
}

/** Moves one token on; undefined when the token may not come here. Keeps the brackets that are open. */
function follow(open: ('{' | '[')[], expected: Expected, token: string): Expected | undefined {
  const afterValue = () => (open.length === 0 ? 'end' : 'comma or close');
  if (expected === ':') return token === ':' ? 'value' : undefined;
  if (token === 'string' && expected.startsWith('key')) return ':';
  if (expected.startsWith('value')) {
    if (token === 'string' || token === 'literal') return afterValue();
    if (token === '{' || token === '[') {
      open.push(token);
      return token === '{' ? 'key or }' : 'value or ]';
    }
  }
  if (token === ',' && expected === 'comma or close') return open.at(-1) === '{' ? 'key' : 'value';
  const closes = expected === 'comma or close' || expected === `${open.at(-1) === '{' ? 'key' : 'value'} or ${token}`;
  if (closes && token === (open.at(-1) === '{' ? '}' : ']')) {
    open.pop();
    return afterValue();
  }
  return undefined;
}
