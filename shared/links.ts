// Which links and images of a sender may be used: only schemes that are known to be harmless.

const MAX_LINK = 4096;

/**
 * Schemes that a link may have, besides `web+…`, which pages register. None of them runs code, reads the device, or
 * starts a program with parameters that the sender chose. No other scheme is followed.
 */
const ALLOWED = new Set([
  // The web, people, places, dates, stores.
  ...['http', 'https', 'mailto', 'tel', 'sms', 'smsto', 'facetime', 'facetime-audio', 'sip', 'sips', 'xmpp', 'matrix'],
  ...['irc', 'ircs', 'geo', 'maps', 'comgooglemaps', 'webcal', 'magnet', 'market', 'itms-apps', 'itms-appss'],
  // Chats.
  ...['weixin', 'wxwork', 'mqq', 'mqqapi', 'tim', 'dingtalk', 'lark', 'feishu', 'tg', 'whatsapp', 'sgnl', 'slack'],
  ...['discord', 'msteams', 'skype', 'line', 'viber', 'fb-messenger', 'element', 'mattermost'],
  // Shops, media, networks.
  ...['alipay', 'alipays', 'taobao', 'tbopen', 'openapp.jdmobile', 'pinduoduo', 'bilibili', 'zhihu', 'sinaweibo'],
  ...['orpheus', 'qqmusic', 'youtube', 'vnd.youtube', 'spotify', 'twitter', 'instagram', 'reddit', 'plex'],
  // Homes, notes, tasks.
  ...['homeassistant', 'obsidian', 'things', 'todoist', 'notion', 'bear', 'drafts', 'omnifocus'],
]);

// URL parsers drop tabs and line ends and trim the rest, so `java\nscript:` would pass a check of its first letters.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it refuses
const UNSAFE = /[\u0000-\u0020\u007f-\u009f\u00a0\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\\]/;

/** The link, if a click may lead there: to the web, a person, a place, or a known app; otherwise undefined. */
export function safeLink(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const link = value.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(link)?.[1]?.toLowerCase();
  if (scheme === undefined || link.length > MAX_LINK || UNSAFE.test(link)) return undefined;
  if (!ALLOWED.has(scheme) && !/^web\+[a-z]+$/.test(scheme)) return undefined;
  if (!URL.canParse(link)) return undefined;
  // The browser's parser must see the same scheme as this check.
  return new URL(link).protocol === `${scheme}:` ? link : undefined;
}

/** The link, if it is http or https. */
export function safeWebLink(value: unknown): string | undefined {
  const link = safeLink(value);
  return link !== undefined && /^https?:\/\//i.test(link) ? link : undefined;
}

/**
 * The address of an image, if the page may load it: over https, or from the page's own origin, as relative ones are.
 */
export function safeImage(value: unknown, base: string): string | undefined {
  if (typeof value !== 'string' || value === '' || value.length > MAX_LINK || UNSAFE.test(value.trim()))
    return undefined;
  if (!URL.canParse(value, base)) return undefined;
  const url = new URL(value, base);
  if (url.username !== '' || url.password !== '') return undefined;
  return url.protocol === 'https:' || url.origin === new URL(base).origin ? url.href : undefined;
}

/** The last part of the path of an address. */
export function lastPart(url: string): string {
  const part = new URL(url).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
