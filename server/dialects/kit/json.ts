// Parses JSON from outside without rounding large numbers.

/** Matches strings and numbers. It has to match strings to skip the digits in them. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
/** A quick test. Most texts have no large number, so they need no second parse. */
const MAY_HOLD_BIG = /\d{16}|[eE]\+?\d{3}/;

/** Turns a number that a double cannot hold into a string with the same digits. */
function exact(token: string): string {
  if (token.startsWith('"')) return token;
  const value = Number(token);
  const isExact = /^-?\d+$/.test(token) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isExact ? token : `"${token}"`;
}

/**
 * Parses JSON. An integer above 2^53, such as the id of a post, keeps all its digits by becoming text, since a number
 * would round them.
 * @throws SyntaxError when the text is not JSON
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return MAY_HOLD_BIG.test(text) ? JSON.parse(text.replace(TOKEN, exact)) : value;
}
