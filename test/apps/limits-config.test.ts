import { expect } from 'chai';
import { limitsConfig } from '../../server/apps/limits-config.ts';
import { DEFAULT_LIMITS } from '../../server/channel/app.ts';

describe('limitsConfig', () => {
  it('has the defaults of the channel core, except the times, which the relay sets', () => {
    const { activityTimeoutSec: _, pongTimeoutSec: __, ...defaults } = DEFAULT_LIMITS;
    expect(limitsConfig.parse(undefined)).to.deep.equal(defaults);
  });

  it('has a key for every limit of the core', () => {
    const all = Object.fromEntries(Object.entries(DEFAULT_LIMITS).map(([name, value]) => [name, value ?? 1]));
    expect(limitsConfig.parse(all)).to.deep.equal(all);
  });

  for (const name of Object.keys(DEFAULT_LIMITS)) {
    it(`refuses an invalid ${name}`, () => {
      for (const value of [0, -1, 1.5, '1', Number.NaN, 1e300]) {
        expect(limitsConfig.safeParse({ [name]: value }).success, `${value}`).to.equal(false);
      }
    });
  }

  it('refuses an unknown limit', () => expect(limitsConfig.safeParse({ conections: 1 }).success).to.equal(false));
});
