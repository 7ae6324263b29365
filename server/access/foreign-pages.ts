// Refuses requests that a page of another site makes a browser send. If the relay asks for no token, this is the only guard.
// Sends, packets and sockets share it.
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { RelayError } from '../base/errors.ts';

/** What {@link createForeignPages} needs. */
export interface ForeignPagesOptions {
  /** Host names under which pages may reach the relay, besides localhost and IP addresses. */
  readonly hosts: readonly string[];
  /** Whether pages of other sites may send: `http.cors`. */
  readonly allowed: boolean;
}

/** Recognizes requests of foreign pages. */
export interface ForeignPages {
  /** Why a request without a token is refused; undefined when no foreign page can have caused it. */
  refusalOf(headers: IncomingHttpHeaders): RelayError | undefined;
}

/** Makes the check of one relay. */
export function createForeignPages({ hosts, allowed }: ForeignPagesOptions): ForeignPages {
  const known = new Set(hosts.map((host) => host.toLowerCase()));

  /** Attackers can point their own names at the relay (DNS rebinding). They control neither IP addresses nor these names. */
  function isKnownHost(host: string): boolean {
    return host === 'localhost' || host.endsWith('.localhost') || known.has(host) || isIP(unbracketed(host)) !== 0;
  }

  return {
    refusalOf(headers) {
      if (allowed || !isFromBrowser(headers)) return undefined;
      const site = headers['sec-fetch-site'];
      // The user typed the address or opened a bookmark.
      if (site === 'none') return undefined;
      if (site !== undefined && site !== 'same-origin') return anotherSite();
      if (site === undefined && !comesFromHere(headers, known)) return anotherSite();
      const host = hostOf(`http://${headers.host}`);
      return host !== undefined && isKnownHost(host) ? undefined : unknownHost(host ?? '');
    },
  };
}

/**
 * Whether a browser sent the request. Browsers always send a language and the name Mozilla. They send `Sec-Fetch-*` only over
 * https and to localhost, and leave out `Origin` in some GET requests.
 */
function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  if (headers.origin !== undefined || headers['sec-fetch-site'] !== undefined) return true;
  return headers['accept-language'] !== undefined && /^Mozilla\//.test(headers['user-agent'] ?? '');
}

/**
 * Whether `Origin`, or else `Referer`, names the host of the request or a known host. Known hosts count because a proxy may
 * have changed `Host`. Without both headers, the request may come from any page.
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
    `a page may not do this without a token at ${host.slice(0, 255)}, which is not a name of this relay; add it to http.hosts`,
  );
}
