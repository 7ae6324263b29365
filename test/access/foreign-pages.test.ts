import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { createForeignPages } from '../../server/access/foreign-pages.ts';

const { refusalOf } = createForeignPages({ hosts: ['Herald.example.com', 'nas'], allowed: false });

const BROWSER = {
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'accept-language': 'en',
};
const HOST = { host: '192.168.1.5:9093' };

describe('ForeignPages.refusalOf', () => {
  const allowed: readonly (readonly [string, IncomingHttpHeaders])[] = [
    ['curl', { ...HOST, 'user-agent': 'curl/8.5.0' }],
    ['curl at any name', { host: 'relay.internal:9093', 'user-agent': 'curl/8.5.0' }],
    ['PowerShell, which calls itself Mozilla', { ...HOST, 'user-agent': 'Mozilla/5.0 (Windows NT) PowerShell/5.1' }],
    ['no headers at all', {}],
    ['a typed address', { ...BROWSER, host: 'anything', 'sec-fetch-site': 'none' }],
    ['an own page', { ...BROWSER, host: 'localhost:9093', 'sec-fetch-site': 'same-origin' }],
    ['an own page over plain http', { ...BROWSER, ...HOST, origin: 'http://192.168.1.5:9093' }],
    ['an own page behind a proxy', { ...BROWSER, host: 'herald.example.com', origin: 'https://herald.example.com' }],
    ['an own link without Sec-Fetch', { ...BROWSER, ...HOST, referer: 'http://192.168.1.5:9093/inbox' }],
    ['an own page behind a proxy that changes Host', { ...BROWSER, ...HOST, origin: 'https://herald.example.com' }],
    ['a name of the config', { ...BROWSER, host: 'NAS:9093', origin: 'http://nas:9093' }],
    ['a subdomain of localhost', { ...BROWSER, host: 'a.localhost:1', origin: 'http://a.localhost:1' }],
    ['an IPv6 address', { ...BROWSER, host: '[2001:db8::1]:9093', origin: 'http://[2001:db8::1]:9093' }],
  ];
  for (const [what, headers] of allowed) {
    it(`is none for ${what}`, () => {
      expect(refusalOf(headers)).to.equal(undefined);
    });
  }

  const foreign: readonly (readonly [string, IncomingHttpHeaders])[] = [
    ['cross-site', { ...BROWSER, ...HOST, 'sec-fetch-site': 'cross-site' }],
    ['same-site', { ...BROWSER, ...HOST, 'sec-fetch-site': 'same-site' }],
    ['a value that is not known yet', { ...BROWSER, ...HOST, 'sec-fetch-site': 'new' }],
    ['another Origin without Sec-Fetch', { ...HOST, origin: 'https://evil.example' }],
    ['another port', { ...HOST, origin: 'http://192.168.1.5:8080' }],
    ['another port of a known name', { ...HOST, origin: 'https://herald.example.com:8443' }],
    ['Origin null', { ...BROWSER, ...HOST, origin: 'null' }],
    ['another Referer', { ...BROWSER, ...HOST, referer: 'http://evil.example/' }],
    ['a Referer that only begins alike', { ...BROWSER, ...HOST, referer: 'http://192.168.1.5:9093.evil.example/' }],
    ['a browser that says nothing', { ...BROWSER, ...HOST }],
    ['no Host', { ...BROWSER, origin: 'http://evil.example' }],
  ];
  for (const [what, headers] of foreign) {
    it(`blames another site for ${what}`, () => {
      expect(refusalOf(headers)?.code).to.equal('forbidden');
      expect(refusalOf(headers)?.message).to.match(/^a page of another site/);
    });
  }

  it('names a Host that is not known, whatever the page is (DNS rebinding)', () => {
    for (const headers of [
      { host: 'evil.example:9093', origin: 'http://evil.example:9093' },
      { ...BROWSER, host: 'evil.example:9093', referer: 'http://evil.example:9093/' },
      { ...BROWSER, host: 'evil.example', 'sec-fetch-site': 'same-origin' },
      { ...BROWSER, host: '127.0.0.1.evil.example', 'sec-fetch-site': 'same-origin' },
      { ...BROWSER, host: 'localhost.evil.example', 'sec-fetch-site': 'same-origin' },
    ]) {
      expect(refusalOf(headers)?.message, headers.host).to.match(/at [\w.]+, which is not a name of this relay/);
    }
  });

  it('refuses no one where http.cors is on', () => {
    const open = createForeignPages({ hosts: [], allowed: true });
    expect(open.refusalOf({ origin: 'https://evil.example', host: 'evil.example' })).to.equal(undefined);
  });
});
