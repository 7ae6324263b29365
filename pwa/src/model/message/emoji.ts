// Emoji short codes, as GitHub and ntfy have them. The table is a chunk of its own.

let table: Readonly<Record<string, string>> = {};

/** Loads the table. Without it, codes stay text. */
export async function loadEmoji(): Promise<void> {
  // The build replaces the package with a short form, see vite.config.ts.
  table = (await import('gemoji')).nameToEmoji;
}

/** The emoji of a short code, with or without colons; undefined for an unknown code. */
export function emojiOf(tag: string): string | undefined {
  const code = tag.replace(/^:(.*):$/, '$1').toLowerCase();
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
