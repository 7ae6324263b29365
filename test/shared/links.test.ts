import { expect } from 'chai';
import { safeImage, safeLink, safeWebLink } from '../../shared/links.ts';

describe('safeLink', () => {
  const good = [
    'https://example.org/a?b=c#d',
    'HTTP://example.org',
    'mailto:a@example.org',
    'tel:+123',
    'sms:+123?body=hi',
    'geo:1,2',
    'weixin://',
    'alipays://platformapi/startapp?appId=1',
    'Obsidian://open?vault=a',
    'web+mastodon://follow',
  ];
  for (const link of good) it(`lets ${link} through`, () => expect(safeLink(link)).to.equal(link));

  const bad: unknown[] = [
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    ' javascript:alert(1)',
    '\u0001javascript:alert(1)',
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    'java\u0000script:alert(1)',
    'java\u00adscript:alert(1)',
    'javascript&colon;alert(1)',
    '&#106;avascript:alert(1)',
    '%6aavascript:alert(1)',
    'ｊavascript:alert(1)',
    'javaſcript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:msgbox',
    'file:///etc/passwd',
    'blob:https://example.org/1',
    'about:blank',
    'filesystem:https://example.org/x',
    'view-source:https://example.org',
    'view-source:javascript:alert(1)',
    'intent://x#Intent;scheme=https;S.browser_fallback_url=https%3A%2F%2Fevil.example;end',
    'android-app://com.example',
    'content://x',
    'chrome://settings',
    'jar:https://x!/y',
    'ms-msdt:/id%20PCWDiagnostic',
    'ms-excel:ofe|u|https://example.org/x.xls',
    'x-apple.systempreferences:x',
    'ssh://-oProxyCommand=x',
    'zzz-unknown://open/thing',
    'web+',
    'web+1x:y',
    'webx+y:z',
    'constructor:x',
    '__proto__:x',
    'search-ms:query=x',
    '//example.org',
    '/path',
    'example.org',
    '#hash',
    'https://',
    'https://exa mple.org',
    'https:\\\\example.org',
    '',
    ':',
    'http:',
    `https://example.org/${'x'.repeat(5000)}`,
    null,
    undefined,
    7,
    {},
    ['https://example.org'],
    { toString: () => 'https://example.org' },
  ];
  for (const link of bad) {
    it(`refuses ${String(JSON.stringify(link)).slice(0, 60)}`, () => expect(safeLink(link)).to.equal(undefined));
  }
});

describe('safeWebLink', () => {
  it('takes http and https alone', () => {
    expect(safeWebLink('https://example.org')).to.equal('https://example.org');
    for (const link of ['mailto:a@b', 'myapp://x', 'javascript:1', 'https:example.org']) {
      expect(safeWebLink(link), link).to.equal(undefined);
    }
  });
});

describe('safeImage', () => {
  const base = 'http://relay.lan:9093/mpush/';
  it('loads https and what the page itself has', () => {
    expect(safeImage('https://example.org/a.png', base)).to.equal('https://example.org/a.png');
    expect(safeImage('a.png', base)).to.equal('http://relay.lan:9093/mpush/a.png');
    expect(safeImage('/b.png', base)).to.equal('http://relay.lan:9093/b.png');
  });

  it('loads nothing else', () => {
    const bad = [
      'http://example.org/a.png',
      '//example.org/a.png',
      'data:image/svg+xml,<svg/>',
      'blob:x',
      'javascript:1',
    ];
    for (const value of [
      ...bad,
      'file:///a.png',
      'https://u:p@example.org/a.png',
      'ht\ntps://x/a.png',
      '',
      null,
      3,
      [],
      {},
    ]) {
      expect(safeImage(value, base), String(value)).to.equal(undefined);
    }
  });
});
