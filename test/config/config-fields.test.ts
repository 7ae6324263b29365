import { expect } from 'chai';
import { z } from 'zod';
import { duration, httpUrl, MAX_TIMER, proxy, secret, whole } from '../../server/config/config-fields.ts';

describe('duration', () => {
  it('has a default and bounds, and is marked to be raised to its floor', () => {
    const field = duration('How long.', 5000, 100);
    expect(field.parse(undefined)).to.equal(5000);
    expect(field.parse(100)).to.equal(100);
    for (const value of [99, MAX_TIMER + 1, 1.5, '5', null]) expect(field.safeParse(value).success).to.equal(false);
    expect(z.toJSONSchema(field)).to.include({ description: 'How long.', 'x-raise': true, minimum: 100 });
  });
});

describe('whole', () => {
  it('refuses what is out of its bounds', () => {
    const field = whole('How many.', 5, 1, 9);
    expect(field.parse(undefined)).to.equal(5);
    for (const value of [0, 10, 1.5]) expect(field.safeParse(value).success).to.equal(false);
  });
});

describe('secret', () => {
  it('takes an empty text for none, and is marked as one that is never shown', () => {
    const field = secret('A secret.');
    expect([field.parse('x'), field.parse(''), field.parse(undefined)]).to.deep.equal(['x', undefined, undefined]);
    expect(field.safeParse('x'.repeat(4097)).success).to.equal(false);
    expect(z.toJSONSchema(field, { io: 'input' })).to.include({ writeOnly: true });
  });
});

describe('httpUrl', () => {
  it('takes http and https only', () => {
    const field = httpUrl('Where.');
    for (const url of ['http://h', 'https://h:1/p?q']) expect(field.parse(url)).to.equal(url);
    for (const url of ['ftp://h', 'h', '', 'javascript:alert(1)']) {
      expect(field.safeParse(url).error?.issues[0]?.message).to.equal('expected an http or https URL');
    }
  });
});

describe('proxy', () => {
  const field = proxy('A proxy.');

  const proxies: [value: unknown, url: string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['http://p:3128', 'http://p:3128'],
    [{ host: 'p', port: 3128 }, 'http://p:3128'],
    [{ host: 'p', port: 3128, protocol: 'https:' }, 'https://p:3128'],
    [{ host: 'p', port: 1, auth: { username: 'u@x', password: 'a:b/c' } }, 'http://u%40x:a%3Ab%2Fc@p:1'],
    [{ host: '::1', port: 1 }, 'http://[::1]:1'],
    [{ host: '[::1]', port: 1 }, 'http://[::1]:1'],
  ];
  for (const [value, url] of proxies) {
    it(`reads ${JSON.stringify(value)}`, () => {
      expect(field.parse(value)).to.equal(url);
    });
  }

  const refused: unknown[] = [
    'socks5://p:1',
    'p:3128',
    5,
    null,
    {},
    { host: 'p' },
    { host: 'p', port: 0 },
    { host: 'a b', port: 1 },
  ];
  for (const value of refused) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      expect(field.safeParse(value).success).to.equal(false);
    });
  }
});
