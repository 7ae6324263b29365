// Writes JSON like the encoder of Go, in which the original is written.

const ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

/** Writes a value as JSON. Escapes the characters that have a meaning in HTML. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&]/g, (character) => ESCAPES[character] ?? character);
}
