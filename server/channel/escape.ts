/** Everything outside Pusher's channel charset, and `=`, which marks an escape. */
const UNSAFE = /[^A-Za-z0-9_\-@,.;]+/g;
const ESCAPED = /^(?:[A-Za-z0-9_\-@,.;]|=[0-9A-F]{2})*$/;

/** Writes the unsafe characters as `=XX` per UTF-8 byte, so that any well-formed text becomes part of a channel name. */
export function escapeName(name: string): string {
  return name.replace(UNSAFE, (run) => Buffer.from(run).toString('hex').toUpperCase().replace(/../g, '=$&'));
}

/** The text behind an escaped one; undefined for any that `escapeName` does not write. */
export function unescapeName(escaped: string): string | undefined {
  if (!ESCAPED.test(escaped)) return undefined;
  try {
    const name = decodeURIComponent(escaped.replaceAll('=', '%'));
    // A safe character in escaped form would give one text a second name.
    return escapeName(name) === escaped ? name : undefined;
  } catch {
    return undefined;
  }
}
