import { expect } from 'chai';
import { hostForOthers, networkAddress } from '../../server/base/network-address.ts';

describe('hostForOthers', () => {
  for (const host of ['localhost', '127.0.0.1', '127.8.8.8', '::1']) {
    it(`is nothing for ${host}, which only its own machine reaches`, () => {
      expect(hostForOthers(host)).to.equal(undefined);
    });
  }

  it('is the address in the network for a server that listens everywhere', () => {
    for (const host of ['', '0.0.0.0', '::']) expect(hostForOthers(host)).to.equal(networkAddress());
    expect(networkAddress() ?? '10.0.0.1').to.match(/^\d+\.\d+\.\d+\.\d+$/);
  });

  it('is the one address at which a server listens, as a URL has it', () => {
    expect(hostForOthers('192.168.1.5')).to.equal('192.168.1.5');
    expect(hostForOthers('fd00::5')).to.equal('[fd00::5]');
    expect(hostForOthers('nas.lan')).to.equal('nas.lan');
  });
});
