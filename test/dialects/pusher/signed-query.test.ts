import { expect } from 'chai';
import { formsToSign, readPairs, readSignedQuery } from '../../../server/dialects/pusher/signed-query.ts';
import { seeded } from '../../e2e/random.ts';

const OWN = ['auth_key=k', 'auth_timestamp=1', 'auth_version=1.0', 'auth_signature=f', 'body_md5=m'];
const ODD = [
  '',
  'a=1',
  'a=2',
  'A=1',
  'b',
  'b=',
  '=c',
  'c=x=y',
  'd=%41',
  '%64=1',
  'e=100%',
  'auth_=',
  'AUTH_KEY=k',
  'auth_x=1',
];

describe('readSignedQuery', () => {
  it('finds the documented form in one pass wherever it says that it has found it', () => {
    const chance = seeded(1);
    const random = (below: number) => Math.floor(chance() * below);
    let found = 0;
    for (let round = 0; round < 3000; round += 1) {
      const odd = Array.from({ length: random(4) }, () => ODD[random(ODD.length)] ?? '');
      const parts = [...OWN.slice(0, 4 + random(2)), ...odd];
      if (random(2) === 0) parts.sort();
      else parts.sort(() => random(3) - 1);
      const query = parts.join('&');
      const signed = readSignedQuery(query);
      if (signed?.asSigned === undefined) continue;
      found += 1;
      expect(signed.asSigned, query).to.equal(formsToSign(query).next().value);
    }
    expect(found).to.be.greaterThan(300);
  });

  const USUAL = [
    OWN.slice(0, 4).join('&'),
    'auth_signature=f&auth_key=k&auth_timestamp=1&auth_version=1.0&body_md5=m',
    'auth_key=k&auth_signature=f&auth_timestamp=1&auth_version=1.0&body_md5=m&info=user_count',
    'auth_key=k&auth_timestamp=1&auth_version=1.0&body_md5=m&auth_signature=f',
  ];
  for (const query of USUAL) {
    it(`needs one pass for ${query}`, () => {
      const expected = query.replace(/auth_signature=f&|&auth_signature=f$/, '');
      expect(readSignedQuery(query)).to.include({ key: 'k', timestamp: '1', asSigned: expected });
    });
  }

  for (const odd of ['&', '&&a=1', '&a', '&A=1', '&z=1&y=1', '&a=%41', '&%61=1']) {
    it(`leaves ${odd} to the other way`, () => {
      expect(readSignedQuery(`${OWN.join('&')}${odd}`)).to.have.property('asSigned', undefined);
      expect(readSignedQuery(`&${OWN.join('&')}`)).to.have.property('asSigned', undefined);
    });
  }

  it('keeps the other parameters decoded and in order', () => {
    const query = `x=%E4%BD%A0&${OWN.join('&')}&body=1&y=a+b&z=100%&w`;
    const others = [
      ['x', '你'],
      ['body', '1'],
      ['y', 'a+b'],
      ['z', '100%'],
      ['w', ''],
    ];
    expect(readSignedQuery(query)?.others).to.deep.equal(others);
    expect(readPairs('x=%E4%BD%A0&&w&=v')).to.deep.equal([
      ['x', '你'],
      ['w', ''],
      ['', 'v'],
    ]);
  });
});
