// Emoji short codes that senders use as tags, as GitHub and ntfy know them. The table is a chunk of its own.

let table: Readonly<Record<string, string>> = {};

/** Fetches the table; until then, and where that fails, codes stay text. */
export async function loadEmoji(): Promise<void> {
  // The build puts a short form in the place of the package, see vite.config.ts.
  table = (await import('gemoji')).nameToEmoji;
}

/** The emoji of a short code, with or without colons; undefined when it is not known. */
export function emojiOf(tag: string): string | undefined {
  const code = tag.replace(/^:(.*):$/, '$1').toLowerCase();
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
