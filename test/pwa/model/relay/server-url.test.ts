import { expect } from 'chai';
import {
  accountIdOf,
  isForbiddenByPolicy,
  isLoopback,
  isOwnOrigin,
  readCode,
  readServer,
  serverAt,
  socketUrl,
} from '../../../../pwa/src/model/relay/server-url.ts';

const PAGE = 'https://push.example.org/mpush/index.html?source=pwa';

describe('readServer', () => {
  const cases: [string, string | undefined][] = [
    ['', 'https://push.example.org/mpush'],
    ['https://a.example', 'https://a.example'],
    [' https://a.example/x/ ', 'https://a.example/x'],
    ['https://a.example/x/#pair=ABC', 'https://a.example/x'],
    ['wss://a.example', 'https://a.example'],
    ['WS://a.example:9093/', 'http://a.example:9093'],
    ['a.example', 'https://a.example'],
    ['a.example/mpush', 'https://a.example/mpush'],
    ['192.168.1.5:9093', 'http://192.168.1.5:9093'],
    ['localhost:9093', 'http://localhost:9093'],
    ['nas.local', 'http://nas.local'],
    ['nas:9093', 'http://nas:9093'],
    ['push.example.org', 'https://push.example.org'],
    ['https://u:p@a.example/', 'https://a.example'],
    ['ftp://a.example', undefined],
    ['javascript:alert(1)', undefined],
    ['https://', undefined],
    ['a b', undefined],
    ['https://a.example/a b', undefined],
  ];
  for (const [given, expected] of cases) {
    it(`reads ${JSON.stringify(given)} as ${expected}`, () => expect(readServer(given, PAGE)).to.equal(expected));
  }
});

describe('readCode', () => {
  it('finds the code in scanned, pasted and typed texts', () => {
    const texts = [
      '0123456789AB',
      ' 0123-4567-89ab ',
      'https://a.example/#pair=0123456789AB',
      '?x=1&pair=0123456789ab#y',
    ];
    for (const text of texts) expect(readCode(text), text).to.equal('0123456789AB');
  });

  it('returns undefined for a text without a code', () => {
    for (const text of ['', '0123', '0123456789ABC', '#pair=', '#pair=%', '#pair=../../v1/me', 'https://a.example/']) {
      expect(readCode(text), text).to.equal(undefined);
    }
  });
});

describe('socketUrl', () => {
  it('keeps host and path, and changes only the protocol', () => {
    expect(socketUrl('https://a.example/mpush')).to.equal('wss://a.example/mpush/');
    expect(socketUrl('http://a.example:1')).to.equal('ws://a.example:1/');
  });
});

describe('accountIdOf', () => {
  it('returns one id per relay, which fits into a link', () => {
    const servers = Array.from({ length: 2000 }, (_, n) => `https://relay-${n}.example.org`);
    expect(new Set(servers.map(accountIdOf)).size).to.equal(2000);
    for (const server of servers)
      expect(accountIdOf(server))
        .to.match(/^[0-9a-z]{1,11}$/)
        .and.equal(accountIdOf(server));
  });
});

describe('isForbiddenByPolicy', () => {
  const cases: [string, string, boolean][] = [
    ['https://other.example/x', 'https://push.example.org/', false],
    ['http://other.example/x', 'https://push.example.org/', true],
    ['HTTP://other.example/x', 'http://192.168.1.5:9093/', true],
    ['http://192.168.1.5:9093/v1/me', 'http://192.168.1.5:9093/', false],
    ['http://192.168.1.5:9094/v1/me', 'http://192.168.1.5:9093/', true],
    ['http://', 'http://192.168.1.5:9093/', true],
  ];
  for (const [url, page, expected] of cases) {
    it(`is ${expected} for ${url} from ${page}`, () => expect(isForbiddenByPolicy(url, page)).to.equal(expected));
  }

  it('allows the page’s own origin with any path', () => {
    expect(isOwnOrigin('https://a.example/mpush', 'https://a.example/')).to.equal(true);
    expect(isOwnOrigin('https://a.example:444', 'https://a.example/')).to.equal(false);
    expect(isOwnOrigin('no address', 'https://a.example/')).to.equal(false);
  });
});

describe('serverAt', () => {
  it('replaces a loopback host with the host that the relay names', () => {
    expect(serverAt('http://localhost:9093/mpush', '192.168.1.5')).to.equal('http://192.168.1.5:9093/mpush');
    expect(serverAt('http://127.0.0.1:9093', '[fd00::5]')).to.equal('http://[fd00::5]:9093');
  });

  it('returns undefined for a missing or invalid host', () => {
    for (const host of [undefined, '', 7, 'a b', '127.0.0.1']) {
      expect(serverAt('http://localhost:9093', host), String(host)).to.equal(undefined);
    }
  });

  it('counts localhost, 127.* and ::1 as this machine, and nothing else', () => {
    for (const server of ['http://localhost:9093', 'http://127.0.0.1', 'http://[::1]:9093/x']) {
      expect(isLoopback(server), server).to.equal(true);
    }
    for (const server of ['http://192.168.1.5', 'https://localhost.example.org', 'none']) {
      expect(isLoopback(server), server).to.equal(false);
    }
  });
});
