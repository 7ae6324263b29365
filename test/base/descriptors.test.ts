import { expect } from 'chai';
import { descriptorLimit } from '../../server/base/descriptors.ts';

describe('descriptorLimit', () => {
  it('reads the soft limit of open files', () => {
    const text =
      'Max processes             100   200   processes\nMax open files            1024                 4096                 files\n';
    expect(descriptorLimit(() => text)).to.equal(1024);
  });

  it('is unknown where the system does not tell', () => {
    expect(descriptorLimit(() => 'Max open files            unlimited')).to.equal(undefined);
    const fails = () => {
      throw new Error('no such file');
    };
    expect(descriptorLimit(fails)).to.equal(undefined);
  });
});
