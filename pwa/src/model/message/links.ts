// Which links and images of a sender may be used. A scheme that runs code in the page, reads the device or starts programs
// with parameters of the sender's choice is none of them.

const MAX_LINK = 4096;

/**
 * Schemes that are never followed. The first run or show what the sender wrote as a part of this page; the second reach the
 * inside of browsers; `intent` and `android-app` start any activity, and the `ms-` ones have started any program.
 */
const DENIED = new Set([
  ...['javascript', 'data', 'vbscript', 'blob', 'about', 'filesystem', 'view-source', 'jar', 'mhtml', 'livescript'],
  ...['file', 'content', 'res', 'resource', 'chrome', 'chrome-extension', 'moz-extension', 'edge', 'opera', 'wyciwyg'],
  ...['intent', 'android-app', 'ms-msdt', 'search-ms', 'search', 'ms-officecmd', 'ms-appinstaller', 'ms-cxh', 'hcp'],
]);

// URL parsers drop tabs and line ends and trim the rest, so `java\nscript:` would pass a check of its first letters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const UNSAFE = /[\u0000-\u0020\u007f-\u009f\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]/;

/** The link when a click may lead there: http, https, mailto, tel, sms, geo, and schemes of apps; else undefined. */
export function safeLink(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const link = value.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(link)?.[1]?.toLowerCase();
  if (scheme === undefined || link.length > MAX_LINK || UNSAFE.test(link)) return undefined;
  if (DENIED.has(scheme) || !URL.canParse(link)) return undefined;
  // What was checked must be what the browser follows.
  return new URL(link).protocol === `${scheme}:` ? link : undefined;
}

/** The link when it is http or https. */
export function safeWebLink(value: unknown): string | undefined {
  const link = safeLink(value);
  return link !== undefined && /^https?:\/\//i.test(link) ? link : undefined;
}

/** The address of an image when the page may load it: https, or the page's own origin. Relative ones are the page's own. */
export function safeImage(value: unknown, base: string): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > MAX_LINK || UNSAFE.test(value.trim()))
    return undefined;
  if (!URL.canParse(value, base)) return undefined;
  const url = new URL(value, base);
  if (url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' || url.origin === new URL(base).origin ? url.href : undefined;
}
