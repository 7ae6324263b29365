import { expect } from 'chai';
import { formatRoute, parseRoute, readShared } from '../../../pwa/src/views/route.ts';

describe('parseRoute', () => {
  for (const [hash, route] of [
    ['', { view: 'inbox' }],
    ['#', { view: 'inbox' }],
    ['#send', { view: 'send' }],
    ['#settings', { view: 'settings' }],
    ['#pair=HXR4EAJ4S61D', { view: 'pair', code: 'HXR4EAJ4S61D' }],
    ['#pair', { view: 'pair', code: '' }],
    ['#senders', { view: 'senders' }],
    ['#beats', { view: 'beats' }],
    ['#manage', { view: 'manage', code: '' }],
    ['#manage=HXR4EAJ4S61D', { view: 'manage', code: 'HXR4EAJ4S61D' }],
    ['#message=home/1795314615334', { view: 'message', accountId: 'home', mid: '1795314615334' }],
    ['#message=https%3A%2F%2Fa%2Fb/12', { view: 'message', accountId: 'https://a/b', mid: '12' }],
    ['#message=a/b/12', { view: 'message', accountId: 'a/b', mid: '12' }],
    ['#message=home/', { view: 'inbox' }],
    ['#message=home/<img>', { view: 'inbox' }],
    ['#message=%E0%A4%A/1', { view: 'message', accountId: '%E0%A4%A', mid: '1' }],
    ['#__proto__', { view: 'inbox' }],
    ['#Settings', { view: 'inbox' }],
  ] as const) {
    it(`reads ${hash || 'nothing'}`, () => expect(parseRoute(hash)).to.deep.equal(route));
  }

  it('reads what formatRoute writes', () => {
    for (const route of [
      { view: 'inbox' },
      { view: 'send' },
      { view: 'pair', code: 'a/b&c=d' },
      { view: 'manage', code: 'a/b' },
      { view: 'senders' },
      { view: 'beats' },
      { view: 'message', accountId: 'http://x/?#%', mid: '1' },
    ] as const) {
      expect(parseRoute(formatRoute(route))).to.deep.equal(route);
    }
  });
});

describe('readShared', () => {
  it('joins text and address once', () => {
    expect(readShared('?title=T&text=Look&url=https://a.example')).to.deep.equal({
      title: 'T',
      body: 'Look\n\nhttps://a.example',
    });
    expect(readShared('?text=Look+https://a.example&url=https://a.example')).to.deep.equal({
      title: '',
      body: 'Look https://a.example',
    });
    expect(readShared('?url=https://a.example')).to.deep.equal({ title: '', body: 'https://a.example' });
  });

  it('returns undefined for an empty query', () => {
    expect(readShared('')).to.equal(undefined);
    expect(readShared('?utm_source=x&title=+')).to.equal(undefined);
  });
});
