// JSON as Go's encoder writes it; the original is written in Go.

const ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** Writes a value as JSON without characters that have a meaning in HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&]/g, (character) => ESCAPES[character] ?? character);
}
