import { expect } from 'chai';
import { checkChannelName, kindOfChannel, userChannel, userOfChannel } from '../../server/channel/channel-name.ts';

describe('kindOfChannel', () => {
  const cases: [name: string, flags: string][] = [
    ['a', 'public'],
    ['cache-a', 'public cacheable'],
    ['private-a', 'private'],
    ['private-cache-a', 'private cacheable'],
    ['private-encrypted-a', 'private encrypted'],
    ['private-encrypted-cache-a', 'private encrypted cacheable'],
    ['presence-a', 'private presence'],
    ['presence-cache-a', 'private presence cacheable'],
    ['#server-to-user-1', 'user'],
    // Anchored, dash included, case kept.
    ['my-cache-a', 'public'],
    ['private-my-cache-a', 'private'],
    ['privatea', 'public'],
    ['private', 'public'],
    ['Private-a', 'public'],
    ['cachea', 'public'],
    ['presence-encrypted-a', 'private presence'],
    ['private-cache', 'private'],
    ['x#server-to-user-1', 'public'],
    ['', 'public'],
    ['__proto__', 'public'],
  ];
  for (const [name, flags] of cases) {
    it(`takes "${name}" for ${flags}`, () => {
      const kind = Object.entries(kindOfChannel(name));
      expect(kind.filter(([, set]) => set).map(([flag]) => flag)).to.have.members(flags.split(' '));
    });
  }
});

describe('checkChannelName', () => {
  const fine = ['a', 'A-Z_09=@,.;-', 'presence-', '#server-to-user-a@b;c', 'x'.repeat(200), '__proto__'];
  for (const name of fine)
    it(`takes ${name.slice(0, 30)}`, () => expect(checkChannelName(name, 200)).to.equal(undefined));

  const bad = [
    '',
    ' ',
    'a b',
    'a:b',
    'a/b',
    '#a',
    'a#server-to-user-1',
    '#server-to-user-',
    'ä',
    'a\n',
    '\u0000',
    '😀',
  ];
  for (const name of bad)
    it(`refuses ${JSON.stringify(name)}`, () => expect(checkChannelName(name, 200)).to.equal('name_invalid'));

  it('refuses one character too many, whatever it is', () => {
    expect(checkChannelName('x'.repeat(201), 200)).to.equal('name_too_long');
    expect(checkChannelName(' '.repeat(10_000_000), 200)).to.equal('name_too_long');
  });
});

describe('userOfChannel', () => {
  it('is the inverse of userChannel', () => expect(userOfChannel(userChannel('a@b'))).to.equal('a@b'));
  it('is undefined for other channels', () => expect(userOfChannel('private-a')).to.equal(undefined));
});
