import type { LookupAddress } from 'node:dns';
import { expect } from 'chai';
import {
  isPublicAddress,
  leadsToPrivateAddress,
  lookupPublic,
  NOT_PUBLIC,
  namesPrivateAddress,
} from '../../server/outbound/public-address.ts';

describe('isPublicAddress', () => {
  const isPublic = ['1.1.1.1', '8.8.8.8', '172.15.255.255', '172.32.0.1', '100.63.0.1', '192.169.0.1', '2606:4700::1'];
  for (const address of isPublic) {
    it(`takes ${address}`, () => expect(isPublicAddress(address)).to.equal(true));
  }
  const isNot = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.255',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.168.1.1',
    '198.18.0.1',
    '203.0.113.5',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    '2606:4700::1%eth0',
    'ff02::1',
    'localhost',
    '',
    '127.1',
    '1.1.1.1 ',
  ];
  for (const address of isNot) {
    it(`refuses ${JSON.stringify(address)}`, () => expect(isPublicAddress(address)).to.equal(false));
  }
});

describe('namesPrivateAddress', () => {
  const cases: [url: string, expected: boolean][] = [
    ['https://127.0.0.1/x', true],
    ['https://2130706433/x', true],
    ['https://0x7f.1/x', true],
    ['https://0177.0.0.1/x', true],
    ['https://[::1]/x', true],
    ['https://[::ffff:7f00:1]/x', true],
    ['https://[fe80::1]/x', true],
    ['https://1.1.1.1/x', false],
    ['https://localhost/x', false],
    ['https://push.example/x', false],
  ];
  for (const [url, expected] of cases) {
    it(`says ${expected} of ${url}`, () => expect(namesPrivateAddress(new URL(url))).to.equal(expected));
  }
});

describe('leadsToPrivateAddress', () => {
  it('says so of the names of this machine', async () => {
    for (const host of ['localhost', 'LOCALHOST.', 'any.localhost', 'any.localhost.']) {
      expect(await leadsToPrivateAddress(new URL(`https://${host}/x`)), host).to.equal(true);
    }
    expect(await leadsToPrivateAddress(new URL('https://notlocalhost.invalid/x'))).to.equal(false);
    expect(await leadsToPrivateAddress(new URL('https://127.0.0.1/x'))).to.equal(true);
  });

  it('does not say so of a name that cannot be resolved', async () => {
    expect(await leadsToPrivateAddress(new URL('https://nothing.invalid/x'))).to.equal(false);
  });
});

describe('lookupPublic', () => {
  const find = (host: string, all: boolean) =>
    new Promise<{ code?: string | undefined; address: string | LookupAddress[] }>((resolve) => {
      lookupPublic(host, { all }, (error, address) => resolve({ code: error?.code, address }));
    });

  it('finds no address that is not public, whether asked for one or for all', async () => {
    expect((await find('localhost', false)).code).to.equal(NOT_PUBLIC);
    expect((await find('localhost', true)).code).to.equal(NOT_PUBLIC);
  });

  it('answers in the form that was asked for', async () => {
    // A literal is resolved without a network.
    expect(await find('1.1.1.1', false)).to.deep.include({ address: '1.1.1.1' });
    expect(await find('1.1.1.1', true)).to.deep.include({ address: [{ address: '1.1.1.1', family: 4 }] });
  });
});
