import { expect } from 'chai';
import { readAuthorization, readBasic, readCredential } from '../../server/access/credentials.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

describe('readAuthorization', () => {
  const table: readonly (readonly [string, string])[] = [
    ['', ''],
    ['token', 'token'],
    ['a token', 'a token'],
    ['Bearer token', 'token'],
    ['bearer   token', 'token'],
    ['BEARER a b', 'a b'],
    ['Bearer', ''],
    ['Bearer ', ''],
    ['Bearertoken', 'Bearertoken'],
    [basic('anyone:token'), 'token'],
    [basic('anyone:to:ken'), 'to:ken'],
    [basic('token:'), 'token'],
    [basic('token:None'), 'token'],
    [basic(':token'), 'token'],
    [basic('你:好'), '好'],
    [basic('token').replace('Basic', 'basic'), basic('token').replace('Basic', 'basic')],
    ['Basic', 'Basic'],
    ['Basic !!!', 'Basic !!!'],
  ];
  for (const [header, credential] of table) {
    it(`reads ${JSON.stringify(header)} as ${JSON.stringify(credential)}`, () => {
      expect(readAuthorization(header)).to.equal(credential);
    });
  }

  it('reads a long run of spaces in no time', () => {
    expect(readAuthorization(`Bearer${' '.repeat(100_000)}x`)).to.equal('x');
  });
});

describe('readBasic', () => {
  it('gives user, password and the credential among them', () => {
    expect(readBasic(Buffer.from('a:b').toString('base64'))).to.deep.equal({
      user: 'a',
      password: 'b',
      credential: 'b',
    });
    expect(readBasic(Buffer.from('a:').toString('base64'))).to.deep.equal({ user: 'a', password: '', credential: 'a' });
  });

  it('gives nothing for what is no pair', () => {
    for (const text of ['', 'YQ==', 'a:b', 'YTpi=YTpi', '===', 'YTpi\n'])
      expect(readBasic(text), text).to.equal(undefined);
  });
});

describe('readCredential', () => {
  const key = 'Aabcdefghij1234';
  const encoded = (text: string) => Buffer.from(text).toString('base64url');
  const query = (...pairs: [string, string][]) => ({ query: () => pairs });
  const textOf = (...shown: Parameters<typeof readCredential>) => readCredential(...shown)?.text;

  it('looks at the headers first, then at the other places in their order', () => {
    const all = { ...query(['auth', encoded('Bearer d')], ['token', 'c']), tokens: ['e'], keys: ['f'] };
    const headers = { 'x-gotify-key': 'a', authorization: 'Bearer b' };
    expect(textOf(headers, all)).to.equal('a');
    expect(textOf({ ...headers, 'x-gotify-key': '' }, all)).to.equal('b');
    expect(textOf({}, all)).to.equal('c');
    expect(textOf({}, { ...all, ...query(['auth', encoded('Bearer d')]) })).to.equal('d');
    expect(textOf({}, { tokens: [undefined, '', 'e'], keys: ['f'] })).to.equal('e');
    expect(textOf({}, { keys: [undefined, '', 'f'] })).to.equal('f');
  });

  it('says where only a key counts', () => {
    const isKey = (...shown: Parameters<typeof readCredential>) => readCredential(...shown)?.isKey;
    expect(isKey({ 'x-gotify-key': key })).to.equal(true);
    expect(isKey({ authorization: key })).to.equal(false);
    expect(isKey({}, query(['token', key]))).to.equal(false);
    expect(isKey({}, { ...query(['token', key]), isKeyInQuery: true })).to.equal(true);
    expect(isKey({}, { tokens: [key] })).to.equal(false);
    expect(isKey({}, { keys: [key] })).to.equal(true);
  });

  it('does not read the query when a header has a credential', () => {
    const places = {
      query: () => {
        throw new Error('it was read');
      },
    };
    expect(textOf({ authorization: key }, places)).to.equal(key);
    expect(() => textOf({}, places)).to.throw('it was read');
  });

  it("reads ntfy's header in the query: with or without padding, with either alphabet, in any case, without a scheme", () => {
    for (const header of [
      `Bearer ${key}`,
      `bearer ${key}`,
      basic(`anyone:${key}`),
      basic(`:${key}`),
      basic(`${key}:`),
      key,
    ]) {
      const standard = Buffer.from(header).toString('base64');
      for (const text of [encoded(header), standard, standard.replace(/=*$/, '')]) {
        expect(textOf({}, query(['auth', text])), `${header} as ${text}`).to.equal(key);
        expect(textOf({}, query(['authorization', text]))).to.equal(key);
      }
    }
    const odd = basic('你:?>好~~');
    const standard = Buffer.from(odd).toString('base64');
    expect(textOf({}, query(['auth', standard.replaceAll('+', '-').replaceAll('/', '_')]))).to.equal('?>好~~');
  });

  it('takes what it cannot read for a credential, so that it is refused', () => {
    for (const text of ['%%%', '====', 'a', key, 'eyJh.eyJi.c2ln', 'QmFzaWM', '\0', '"'.repeat(100_000)]) {
      expect(textOf({}, query(['auth', text])), text.slice(0, 20)).to.equal(text);
    }
    expect(textOf({}, query(['auth', encoded('Basic !!!')]))).to.equal('Basic !!!');
    expect(textOf({}, query(['auth', encoded('Bearer ')])), 'an empty one').to.equal(undefined);
  });

  it('takes a parameter that is repeated for none', () => {
    expect(textOf({}, query(['token', 'a'], ['token', 'b']))).to.equal(undefined);
    expect(textOf({}, query(['token', 'a'], ['token', 'a']))).to.equal(undefined);
    expect(textOf({}, query(['token', 'a'], ['token', '']))).to.equal('a');
  });

  it('finds none in headers of other schemes', () => {
    for (const header of ['vapid t=a, k=b', 'WebPush a.b.c', 'Digest username="a"', 'Negotiate abc', 'Bearer ', '']) {
      expect(textOf({ authorization: header }), header).to.equal(undefined);
      expect(textOf({ authorization: header }, { keys: [key] })).to.equal(key);
    }
    expect(textOf({}, {})).to.equal(undefined);
  });
});
