// Reads mids as integers that JavaScript, SQLite and the scores of Redis represent exactly.

const MID = /^(?:0|[1-9]\d*)$/;

/** A mid as a number; undefined if the text is not a mid that can be stored. */
export function readMid(text: string): number | undefined {
  const mid = MID.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(mid) ? mid : undefined;
}

/** A mid that bounds a range. One that is too large to be stored means "above all"; anything but digits is a bug. */
export function readBound(text: string): number {
  if (!MID.test(text)) throw new TypeError('a mid is a decimal integer');
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER + 1);
}
