// Mids as the integers that SQLite keeps and JavaScript can still tell apart.

const MID = /^(?:0|[1-9]\d*)$/;

/** A mid as a number; undefined unless the text is one that can be stored. */
export function readMid(text: string): number | undefined {
  const mid = MID.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(mid) ? mid : undefined;
}

/** A mid that bounds a range: one too large to be stored stands for "above all", anything but digits is a bug. */
export function readBound(text: string): number {
  if (!MID.test(text)) throw new TypeError('a mid is a decimal integer');
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER + 1);
}
