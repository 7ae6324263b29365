// JSON from outside without silent damage to its numbers.

/** Texts, which may hold digits, and numbers. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** Most texts have no such number, and are not looked through. */
const MAY_HOLD_BIG = /\d{16}|[eE]\+?\d{3}/;

/** A number that a double cannot hold becomes its own digits as text. */
function exact(token: string): string {
  if (token.startsWith('"')) return token;
  const value = Number(token);
  const isExact = /^-?\d+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? token : `"${token}"`;
}

/**
 * Parses JSON. An integer above 2^53, such as the id of a post, keeps all its digits by becoming text, since a number
 * would round them.
 * @throws SyntaxError when it is no JSON
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return MAY_HOLD_BIG.test(text) ? JSON.parse(text.replace(TOKEN, exact)) : value;
}
