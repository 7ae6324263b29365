/** Every character that a channel name cannot hold, and `=`, which marks an escape. */
const UNSAFE = /[^A-Za-z0-9_\-@,.;]+/g;
const ESCAPED = /^(?:[A-Za-z0-9_\-@,.;]|=[0-9A-F]{2})*$/;

/** Makes any well-formed text usable in a channel name: unsafe characters become `=XX` per UTF-8 byte. */
export function escapeName(name: string): string {
  return name.replace(UNSAFE, (run) => Buffer.from(run).toString('hex').toUpperCase().replace(/../g, '=$&'));
}

/** Reverses `escapeName`. Undefined for any text that `escapeName` cannot produce. */
export function unescapeName(escaped: string): string | undefined {
  if (!ESCAPED.test(escaped)) return undefined;
  try {
    const name = decodeURIComponent(escaped.replaceAll('=', '%'));
    // Refuses escapes of safe characters, because they would give one text several escaped forms.
    return escapeName(name) === escaped ? name : undefined;
  } catch {
    return undefined;
  }
}
