// The channels that a socket may subscribe to: names, or patterns in which `*` stands for one or more characters.

/** Whether a socket may subscribe to a channel. */
export type IsAllowed = (channel: string) => boolean;

/** Allows the names in the list (level 2016). */
export function exactly(names: readonly string[]): IsAllowed {
  const known = new Set(names);
  return (channel) => known.has(channel);
}

/** Allows the names and patterns in the list (level 1.13); the entry `*` allows every channel. */
export function matching(list: readonly string[]): IsAllowed {
  if (list.includes('*')) return () => true;
  const isExact = exactly(list);
  const patterns = list.filter((entry) => entry.includes('*')).map((entry) => entry.split('*'));
  return (channel) => isExact(channel) || patterns.some((parts) => fits(parts, channel));
}

/**
 * Matches each part at the first place where it fits. This leaves the most characters for the parts behind it, so no pattern
 * ever needs backtracking.
 */
function fits([first = '', ...rest]: readonly string[], name: string): boolean {
  if (!name.startsWith(first)) return false;
  const last = rest.pop() ?? '';
  let end = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, end + 1);
    if (at < 0) return false;
    end = at + part.length;
  }
  return name.endsWith(last) && name.length - last.length > end;
}
