// Reads all pairs of a hash or a sorted set in pages, because one read of everything would hold Redis up.
import type { Send } from './link.ts';

/** About how many pairs one page has. */
const PAGE = 500;

/** The pairs of a flat list, such as the fields and values of a hash. */
export function pairsOf(flat: readonly unknown[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, at) => [String(flat[2 * at]), String(flat[2 * at + 1])]);
}

/**
 * All pairs that were there from the start of the read to its end, and perhaps some that came or went meanwhile.
 */
export async function scan(send: Send, command: 'HSCAN' | 'ZSCAN', key: string): Promise<Map<string, string>> {
  const pairs = new Map<string, string>();
  let cursor = '0';
  do {
    const page = (await send([command, key, cursor, 'COUNT', String(PAGE)])) as [cursor: string, flat: unknown[]];
    for (const [name, value] of pairsOf(page[1])) pairs.set(name, value);
    cursor = String(page[0]);
  } while (cursor !== '0');
  return pairs;
}

/** The members of a set in pages. Those that were there all the time come at least once. */
export async function* scanSet(send: Send, key: string): AsyncGenerator<readonly string[]> {
  let cursor = '0';
  do {
    const page = (await send(['SSCAN', key, cursor, 'COUNT', String(PAGE)])) as [cursor: string, members: unknown[]];
    yield page[1].map(String);
    cursor = String(page[0]);
  } while (cursor !== '0');
}
