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
    for (const text of ['', 'YQ==', 'a:b', 'YTpi=YTpi', '===']) expect(readBasic(text), text).to.equal(undefined);
  });
});

describe('readCredential', () => {
  it('looks at the header first, then at the others in their order', () => {
    expect(readCredential({ header: 'Bearer a', others: ['b', 'c'] })).to.equal('a');
    expect(readCredential({ header: '', others: [undefined, '', 'b', 'c'] })).to.equal('b');
    expect(readCredential({ others: ['b'] })).to.equal('b');
  });

  it('finds none where none is', () => {
    expect(readCredential({})).to.equal(undefined);
    expect(readCredential({ header: 'Bearer ', others: [''] })).to.equal(undefined);
  });
});
