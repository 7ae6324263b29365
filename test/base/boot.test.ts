import { expect } from 'chai';
import { systemBoot } from '../../server/base/boot.ts';

describe('systemBoot', () => {
  it('names this start of the machine, and counts from it', () => {
    const [one, other] = [systemBoot(), systemBoot()];
    expect(one.id).to.equal(other.id);
    expect(one.running()).to.be.above(0);
    expect(other.running()).to.be.at.least(one.running() - 1);
  });
});
