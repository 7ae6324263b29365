import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { addressOf } from '../../server/http/address.ts';

const request = (forwarded?: string | string[], remoteAddress = '10.0.0.2') =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage;

describe('addressOf', () => {
  it('is the peer if no proxy is trusted, whatever the header says', () => {
    expect(addressOf(request('203.0.113.1'), false)).to.equal('10.0.0.2');
  });

  const cases: [string | undefined, string][] = [
    ['203.0.113.1', '203.0.113.1'],
    ['198.51.100.1, 203.0.113.1', '203.0.113.1'],
    ['forged,203.0.113.1 ', '203.0.113.1'],
    ['2001:db8::1', '2001:db8::1'],
    ['203.0.113.1:40001', '203.0.113.1'],
    ['198.51.100.1:1, [2001:db8::1]:40001', '2001:db8::1'],
    ['[2001:DB8:0::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:203.0.113.1', '203.0.113.1'],
    ['unknown', 'unknown'],
    ['', '10.0.0.2'],
    ['198.51.100.1,', '10.0.0.2'],
    [undefined, '10.0.0.2'],
  ];
  for (const [header, address] of cases) {
    it(`is ${address} behind a trusted proxy that says ${JSON.stringify(header)}`, () => {
      expect(addressOf(request(header), true)).to.equal(address);
    });
  }

  it('is the IPv4 address for an IPv4 peer on a dual-stack socket', () => {
    expect(addressOf(request(undefined, '::ffff:10.0.0.2'), false)).to.equal('10.0.0.2');
    expect(addressOf(request('', '::ffff:10.0.0.2'), true)).to.equal('10.0.0.2');
    expect(addressOf(request(undefined, '2001:db8::ffff:1'), false)).to.equal('2001:db8::ffff:1');
  });

  it('is empty for a peer that has disconnected', () => {
    expect(addressOf({ socket: {}, headers: {} } as IncomingMessage, false)).to.equal('');
  });
});
