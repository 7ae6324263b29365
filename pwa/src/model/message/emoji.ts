// Emoji short codes, as GitHub and ntfy use them. The table is a separate chunk.

let table: Readonly<Record<string, string>> = {};

/** Loads the table. Until then, short codes stay text. */
export async function loadEmoji(): Promise<void> {
  // The build replaces the package with a smaller table, see vite.config.ts.
  table = (await import('gemoji')).nameToEmoji;
}

/** The emoji of a short code, with or without colons; undefined for an unknown code. */
export function emojiOf(tag: string): string | undefined {
  const code = tag.replace(/^:(.*):$/, '$1').toLowerCase();
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
