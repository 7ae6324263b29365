// Durations as people write them.

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Reads a duration such as `90m` or `1d12h`, in ms; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  if (!/^(?:\d{1,15}(?:\.\d{1,9})?(?:ms|[smhdw]))+$/.test(text)) return undefined;
  let time = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-z]+)/g)) time += Number(amount) * (UNITS[unit ?? ''] ?? 0);
  return time;
}

/** Writes whole ms as `readDuration` reads them, such as `1d12h`. */
export function durationText(ms: number): string {
  let [text, rest] = ['', ms];
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const length = UNITS[unit] ?? 1;
    if (rest >= length) text += `${Math.floor(rest / length)}${unit}`;
    rest %= length;
  }
  return text === '' ? '0s' : text;
}
