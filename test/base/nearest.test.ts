import { expect } from 'chai';
import { nearest } from '../../server/base/nearest.ts';

describe('nearest', () => {
  it('finds the name that was meant', () => {
    expect(nearest('koritea', ['phone', 'kooritea', 'family'])).to.equal('kooritea');
    expect(nearest('--grup', ['--group', '--desp'])).to.equal('--group');
    expect(nearest('sned', ['serve', 'send'])).to.equal('send');
    expect(nearest('Phone', ['phone'])).to.equal('phone');
  });

  it('prefers the closest one, and the first of equals', () => {
    expect(nearest('phome', ['phones', 'phone'])).to.equal('phone');
    expect(nearest('ab', ['ac', 'ad'])).to.equal('ac');
  });

  it('finds nothing where nothing is close', () => {
    expect(nearest('laptop', ['phone', 'family'])).to.equal(undefined);
    expect(nearest('x', [])).to.equal(undefined);
    expect(nearest('', ['phone'])).to.equal(undefined);
  });

  it('compares no very long names', () => {
    expect(nearest('a'.repeat(10_000), ['a'.repeat(10_000)])).to.equal(undefined);
    expect(nearest('phone', ['p'.repeat(10_000)])).to.equal(undefined);
  });
});
