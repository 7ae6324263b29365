// The channels that a socket may subscribe to: names, or patterns in which `*` stands for one or more characters.

/** True for a channel that a socket may hear. */
export type IsAllowed = (channel: string) => boolean;

/** Names alone, as the first version has it. */
export function exactly(names: readonly string[]): IsAllowed {
  const known = new Set(names);
  return (channel) => known.has(channel);
}

/** Names and patterns; `*` alone is every channel. */
export function matching(list: readonly string[]): IsAllowed {
  if (list.includes('*')) return () => true;
  const isExact = exactly(list);
  const patterns = list.filter((entry) => entry.includes('*')).map((entry) => entry.split('*'));
  return (channel) => isExact(channel) || patterns.some((parts) => fits(parts, channel));
}

/** Takes the first place where each part fits, which leaves the most for the rest: no pattern makes it search again. */
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
