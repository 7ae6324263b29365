// Reads addresses of relays and pairing links, as people type, paste and scan them.

/** 12 letters and digits. The relay accepts any case, dashes and spaces. */
const CODE = /^[0-9A-Za-z]{12}$/;

function isLocal(host: string): boolean {
  return (
    /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[?(?:::1|f[cd][0-9a-f]{2}:|fe80:))/i.test(host) ||
    /\.(?:local|lan|home|internal|localhost)$/i.test(host.replace(/:\d+$/, '')) ||
    /^[a-z0-9-]+(?::\d+)?$/i.test(host)
  );
}

/**
 * Reads the address of a relay. Returns http or https without a slash at the end, or undefined if it is not an address.
 * Accepts ws and wss, a whole link to the page, and a missing scheme (http in a private network, https elsewhere).
 *
 * @param text what a person typed; `""` means the relay that served this page
 * @param page address of this page
 */
export function readServer(text: string, page: string): string | undefined {
  const given = text.trim();
  if (given === '') return readServer(page, page);
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(given);
  const own = URL.canParse(page) ? new URL(page) : undefined;
  const host = /^[^/?#]*/.exec(given)?.[0] ?? '';
  const preset = own !== undefined && own.host === host ? own.protocol : isLocal(host) ? 'http:' : 'https:';
  const whole = hasScheme ? given.replace(/^ws(s?):/i, 'http$1:') : `${preset}//${given}`;
  if (!URL.canParse(whole) || /\s/.test(given)) return undefined;
  const url = new URL(whole);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || url.hostname === '') return undefined;
  const path = url.pathname.replace(/[^/]*\.html?$/, '').replace(/\/+$/, '');
  return url.origin + path;
}

/** Finds the code in a link or a text. Returns it in upper case without dashes, or undefined if there is none. */
export function readCode(text: string): string | undefined {
  const inLink = /[#&?]pair=([^&#]*)/.exec(text)?.[1];
  let code = inLink ?? text;
  try {
    code = decodeURIComponent(code);
  } catch {
    return undefined;
  }
  code = code.replace(/[\s-]/g, '').toUpperCase();
  return CODE.test(code) ? code : undefined;
}

/** Whether an address points to the local machine. */
export function isLoopback(server: string): boolean {
  return URL.canParse(server) && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(server).hostname);
}

/** The same relay under another host. Undefined if the host is missing or invalid. */
export function serverAt(server: string, host: unknown): string | undefined {
  if (typeof host !== 'string' || host === '') return undefined;
  const url = new URL(server);
  url.hostname = host;
  // An invalid host leaves the URL unchanged.
  return isLoopback(url.href) ? undefined : url.href.replace(/\/+$/, '');
}

/** Whether an address has the page's own origin. */
export function isOwnOrigin(url: string, page: string): boolean {
  return URL.canParse(url) && URL.canParse(page) && new URL(url).origin === new URL(page).origin;
}

/** Whether the page's policy (server/http/page.ts) forbids a request: plain http to another origin. */
export function isForbiddenByPolicy(url: string, page: string): boolean {
  return /^http:/i.test(url) && !isOwnOrigin(url, page);
}

/** The address of the relay's socket. */
export function socketUrl(server: string): string {
  return `${server.replace(/^http/, 'ws')}/`;
}

/** The account id of a relay. It stays the same when the page is paired again, so that messages stay. */
export function accountIdOf(server: string): string {
  // A 53-bit hash (cyrb53). It protects no secret, and a page over plain http has no crypto.subtle.
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (const char of server) {
    const code = char.codePointAt(0) ?? 0;
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}
