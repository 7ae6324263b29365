// Addresses of relays as people write, paste and scan them, and pairing links.

/** 12 letters and digits, maybe in groups: the relay takes any case, dashes and spaces. */
const CODE = /^[0-9A-Za-z]{12}$/;

function isLocal(host: string): boolean {
  return (
    /^(?:localhost|127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|\[?(?:::1|f[cd][0-9a-f]{2}:|fe80:))/i.test(host) ||
    /\.(?:local|lan|home|internal|localhost)$/i.test(host.replace(/:\d+$/, '')) ||
    /^[a-z0-9-]+(?::\d+)?$/i.test(host)
  );
}

/**
 * The relay at this address: http or https, no slash at the end. Takes ws and wss, a missing scheme (https, or http inside
 * a private network) and a whole link to the page. Undefined when it is no address.
 *
 * @param page address of this page; `""` means the relay that it came from
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

/** The code in a link, or the text itself when it is a code; upper case, without dashes. Undefined when there is none. */
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

/** Whether an address means the machine that it is used on. */
export function isLoopback(server: string): boolean {
  return URL.canParse(server) && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(server).hostname);
}

/** The same relay under another host; undefined without a host, or with one that is none. */
export function serverAt(server: string, host: unknown): string | undefined {
  if (typeof host !== 'string' || host === '') return undefined;
  const url = new URL(server);
  url.hostname = host;
  // A host that is none leaves the address as it was.
  return isLoopback(url.href) ? undefined : url.href.replace(/\/+$/, '');
}

/** Whether an address is of the page's own origin. */
export function isOwnOrigin(url: string, page: string): boolean {
  return URL.canParse(url) && URL.canParse(page) && new URL(url).origin === new URL(page).origin;
}

/** Whether the page's policy forbids a request: it allows the page's own origin, and elsewhere only https (http/page.ts). */
export function isForbiddenByPolicy(url: string, page: string): boolean {
  return /^http:/i.test(url) && !isOwnOrigin(url, page);
}

/** The relay's socket. */
export function socketUrl(server: string): string {
  return `${server.replace(/^http/, 'ws')}/`;
}

/** The account of a relay: one for each relay, the same whenever it is paired again, so that its messages stay. */
export function accountIdOf(server: string): string {
  // 53 bits of a hash (cyrb53); not a secret, and a page over plain http has no crypto.subtle.
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
