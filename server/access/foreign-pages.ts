// Requests that a page of another site makes a browser send. Where no token is asked for, this is the only guard: one check
// for sends, packets and sockets.
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { RelayError } from '../base/errors.ts';

/** What {@link createForeignPages} works with. */
export interface ForeignPagesOptions {
  /** Names by which pages may reach the relay, beside localhost and IP addresses. */
  readonly hosts: readonly string[];
  /** Whether pages of other sites may send: `http.cors`. */
  readonly allowed: boolean;
}

/** Tells requests of foreign pages. */
export interface ForeignPages {
  /** Why a request without a token is refused; undefined when no foreign page can be behind it. */
  refusalOf(headers: IncomingHttpHeaders): RelayError | undefined;
}

/** Makes the check of one relay. */
export function createForeignPages({ hosts, allowed }: ForeignPagesOptions): ForeignPages {
  const known = new Set(hosts.map((host) => host.toLowerCase()));

  /** An attacker can point a name of their own at the relay (DNS rebinding), but no address and not these names. */
  function isKnownHost(host: string): boolean {
    return host === 'localhost' || host.endsWith('.localhost') || known.has(host) || isIP(unbracketed(host)) !== 0;
  }

  return {
    refusalOf(headers) {
      if (allowed || !isFromBrowser(headers)) return undefined;
      const site = headers['sec-fetch-site'];
      // Typed, or a bookmark.
      if (site === 'none') return undefined;
      if (site !== undefined && site !== 'same-origin') return anotherSite();
      if (site === undefined && !comesFromHere(headers, known)) return anotherSite();
      const host = hostOf(`http://${headers.host}`);
      return host !== undefined && isKnownHost(host) ? undefined : unknownHost(host ?? '');
    },
  };
}

/**
 * Whether a browser sent it. Browsers send `Sec-Fetch-*` only over https and to localhost, and `Origin` not with every GET,
 * but a language and the name Mozilla at all times.
 */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  return headers['accept-language'] !== undefined && /^Mozilla\//.test(headers['user-agent'] ?? '');
}

/**
 * Whether `Origin`, or `Referer` without one, names the host that was asked, or a known one: a proxy may have changed `Host`.
 * Without either, it may be any page.
 */
function comesFromHere({ origin, referer, host }: IncomingHttpHeaders, known: ReadonlySet<string>): boolean {
  const text = origin ?? referer ?? '';
  if (!URL.canParse(text)) return false;
  const from = new URL(text);
  if (from.port === '' && known.has(from.hostname)) return true;
  return ['http:', 'https:'].some((scheme) => {
    const asked = `${scheme}//${host}`;
    return URL.canParse(asked) && new URL(asked).origin === from.origin;
  });
}

function hostOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

function unbracketed(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

function anotherSite(): RelayError {
  return new RelayError('forbidden', 'a page of another site may not do this without a token; http.cors allows it');
}

function unknownHost(host: string): RelayError {
  return new RelayError(
    'forbidden',
    `a page may not do this without a token at ${host.slice(0, 255)}, which is no name of this relay; add it to http.hosts`,
  );
}
