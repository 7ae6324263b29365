// How urgent a message is: `extra.priority`, which the relay and the page read in the same way.

/** From 1, the least urgent, to 5, the most urgent. */
export type Priority = 1 | 2 | 3 | 4 | 5;

/** The words of mpush's Android client, and more that people use. */
const WORDS: Readonly<Record<string, Priority>> = {
  min: 1,
  lowest: 1,
  low: 2,
  default: 3,
  normal: 3,
  high: 4,
  max: 5,
  urgent: 5,
  emergency: 5,
};

/** Reads a priority: 1 to 5 as a number or as text, or a word; undefined for anything else. */
export function readPriority(value: unknown): Priority | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const text = String(value).trim().toLowerCase();
  if (/^[1-5]$/.test(text)) return Number(text) as Priority;
  return Object.hasOwn(WORDS, text) ? WORDS[text] : undefined;
}
