// Reads the JSON text of a config file; comments are allowed. A mistake is reported by line and column only, because
// the text can hold secrets. Not here: what the value means.
import { stripComments, visit } from 'jsonc-parser';

/** Where the text stops being JSON; both count from 1. */
export interface SyntaxProblem {
  readonly line: number;
  readonly column: number;
  /** Whether the mistake is a comma before a closing bracket, which many editors and languages allow. */
  readonly isTrailingComma: boolean;
}

/** How many characters before the bracket to search for its comma. This bounds the time of the search. */
const MAX_GAP = 1000;

/** The value of a JSON text, or the place of its first mistake. A byte order mark is skipped. */
export function readJsonText(text: string): { readonly value: unknown } | { readonly problem: SyntaxProblem } {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    // Not jsonc-parser's own `parse`: it would set the prototype for a key called `__proto__`.
    return { value: JSON.parse(stripComments(body)) };
  } catch {
    const at = mistakeAt(body);
    const before = body.slice(0, at);
    return {
      problem: {
        line: before.split('\n').length,
        column: before.length - before.lastIndexOf('\n'),
        isTrailingComma: /[}\]]/.test(body.charAt(at)) && /,\s*$/.test(stripComments(before, ' ').slice(-MAX_GAP)),
      },
    };
  }
}

/** Offset of the first mistake, which the error of JSON.parse does not always contain. */
function mistakeAt(text: string): number {
  let first: number | undefined;
  let reached = 0;
  const reach = (offset: number) => {
    reached = offset;
  };
  try {
    visit(text, {
      onObjectBegin: reach,
      onArrayBegin: reach,
      onError: (_code, offset) => {
        first ??= offset;
      },
    });
  } catch {
    // Too many nested brackets for the stack: report the last one that was read.
    return reached;
  }
  return first ?? text.length;
}
