import { expect } from 'chai';
import { networkOf, readAddress } from '../../server/access/network.ts';

describe('readAddress', () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['203.0.113.7', '203.0.113.7'],
    [' 203.0.113.7 ', '203.0.113.7'],
    ['203.0.113.7:40001', '203.0.113.7'],
    ['"203.0.113.7:40001"', '203.0.113.7'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:40001', '2001:db8::1'],
    ['"[2001:db8::1]:40001"', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%eth0]:80', 'fe80::1'],
    ['::ffff:203.0.113.7', '203.0.113.7'],
    ['::ffff:cb00:7107', '203.0.113.7'],
    ['[::ffff:203.0.113.7]:1', '203.0.113.7'],
    ['::', '::'],
    ['', undefined],
    ['unknown', undefined],
    ['localhost:80', undefined],
    ['203.0.113.7:', undefined],
    ['203.0.113.7:123456', undefined],
    ['203.0.113.700', undefined],
    ['[203.0.113.7', undefined],
    ['[2001:db8::1]x', undefined],
    [':'.repeat(10_000), undefined],
  ];
  for (const [text, address] of table) {
    it(`reads ${text.slice(0, 30)} as ${address}`, () => {
      expect(readAddress(text)).to.equal(address);
    });
  }
});

describe('networkOf', () => {
  it('takes an IPv4 address as it is, however it is written', () => {
    for (const text of ['203.0.113.7', '203.0.113.7:1', '::ffff:203.0.113.7']) {
      expect(networkOf(text)).to.equal('203.0.113.7');
    }
  });

  it('takes the /64 of an IPv6 address', () => {
    for (const text of ['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '[2001:db8:0:1::2]:443', '2001:DB8:0:1::3%en0']) {
      expect(networkOf(text)).to.equal('2001:db8:0:1::/64');
    }
    expect(networkOf('2001:db8:0:2::1')).to.equal('2001:db8:0:2::/64');
    expect(networkOf('::1')).to.equal('0:0:0:0::/64');
  });

  it('takes a text that is no address as itself, cut off', () => {
    expect(networkOf('unknown')).to.equal('unknown');
    expect(networkOf('x'.repeat(1000))).to.equal('x'.repeat(64));
  });
});
