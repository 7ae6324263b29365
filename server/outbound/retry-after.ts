// The `Retry-After` header of an answer (RFC 9110, section 10.2.3).

/** Longest wait between two attempts, in ms. A longer `Retry-After` is cut to this. */
export const RETRY_CAP = 600_000;

/**
 * The wait that the header asks for, in ms from now and at most {@link RETRY_CAP}; undefined when it asks for none.
 * @param now wall-clock time in ms, for a header that is a date
 */
export function readRetryAfter(value: unknown, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : readHttpDate(text) - now;
  return ms > 0 ? Math.min(ms, RETRY_CAP) : undefined;
}

/** The three forms of HTTP dates: the current one, that of RFC 850, and that of C's asctime, which has no time zone. */
const DATES = [
  /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/,
  /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/,
];

function readHttpDate(text: string): number {
  if (!DATES.some((form) => form.test(text))) return Number.NaN;
  return Date.parse(text.endsWith('GMT') ? text : `${text} GMT`);
}
