// "Did you mean …?": the known name that a mistyped one is closest to.
import { distance } from 'fastest-levenshtein';

/** Longer names are not compared: the cost grows with the product of the lengths. */
const MAX_LENGTH = 64;

/**
 * The known name closest to `word`, if it is close enough for a typing mistake: one edit in a short name; in a longer
 * one two edits (such as two letters swapped) or a third of the characters. Letter case is ignored. Undefined if no
 * name is that close.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word.length > MAX_LENGTH) return undefined;
  const lowered = word.toLowerCase();
  let best: string | undefined;
  let fewest = (word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3))) + 1;
  for (const name of known) {
    if (name.length > MAX_LENGTH || Math.abs(name.length - word.length) >= fewest) continue;
    const edits = distance(lowered, name.toLowerCase());
    if (edits >= fewest) continue;
    fewest = edits;
    best = name;
  }
  return best;
}
