import { expect } from 'chai';
import { createPairingCodes, pairingPath } from '../../server/access/pairing-codes.ts';
import { fakeClock } from '../support/clock.ts';

const MINUTE = 60_000;

function setUp() {
  const clock = fakeClock();
  return { clock, codes: createPairingCodes(clock) };
}

describe('PairingCodes.create', () => {
  it('makes codes of 12 characters that are not mistaken for others', () => {
    const { codes, clock } = setUp();
    const { code, expiresAt } = codes.create();
    expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{12}$/);
    expect(expiresAt).to.equal(clock.now() + 10 * MINUTE);
    expect(codes.create().code).not.to.equal(code);
  });

  it('drops the oldest code of a device that has ten, and no other code', () => {
    const { codes } = setUp();
    const [owner, other] = [codes.create(), codes.create('other')];
    const made = Array.from({ length: 100 }, () => codes.create('stolen').code);
    expect(made.filter((code) => codes.find(code) !== undefined)).to.deep.equal(made.slice(-10));
    expect(codes.find(owner.code)).to.include({ expiresAt: owner.expiresAt });
    expect(codes.find(other.code)).to.include({ by: 'other' });
  });

  it('keeps 100 codes of the owner and 1000 of all devices', () => {
    const { codes } = setUp();
    const owners = Array.from({ length: 101 }, () => codes.create().code);
    const devices = Array.from({ length: 1001 }, (_, n) => codes.create(`device-${n}`).code);
    expect(owners.map((code) => codes.find(code) !== undefined)).to.deep.equal([false, ...Array(100).fill(true)]);
    expect(devices.map((code) => codes.find(code) !== undefined)).to.deep.equal([false, ...Array(1000).fill(true)]);
  });
});

describe('PairingCodes.find', () => {
  it('takes a code in lower case, with dashes and spaces', () => {
    const { codes } = setUp();
    const { code } = codes.create('phone');
    expect(codes.find(` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `)).to.include({ by: 'phone' });
    expect(codes.find('')).to.equal(undefined);
    expect(codes.find('__proto__')).to.equal(undefined);
  });

  it('knows a code for ten minutes, whatever happens to the wall clock', async () => {
    const { codes, clock } = setUp();
    const { code } = codes.create();
    clock.step(-24 * 60 * MINUTE);
    await clock.tick(10 * MINUTE - 1);
    expect(codes.find(code)).not.to.equal(undefined);
    clock.step(48 * 60 * MINUTE);
    expect(codes.find(code)).not.to.equal(undefined);
    await clock.tick(1);
    expect(codes.find(code)).to.equal(undefined);
  });
});

describe('PairingCodes.redeem', () => {
  it('spends the code when the work has succeeded', async () => {
    const { codes } = setUp();
    const { code } = codes.create('phone');
    expect(await codes.redeem(code, async ({ by }) => `by ${by}`)).to.equal('by phone');
    expect(codes.find(code)).to.equal(undefined);
    expect(await codes.redeem(code, async () => 'again')).to.equal(undefined);
  });

  it('keeps the code when the work has failed', async () => {
    const { codes } = setUp();
    const { code } = codes.create();
    const failed = await codes
      .redeem(code, () => Promise.reject(new Error('disk full')))
      .catch((error) => error.message);
    expect(failed).to.equal('disk full');
    expect(await codes.redeem(code, async () => 'in')).to.equal('in');
  });

  it('lets one use at a time have the code', async () => {
    const { codes } = setUp();
    const { code } = codes.create();
    const both = [codes.redeem(code, async () => 1), codes.redeem(code.toLowerCase(), async () => 2)];
    expect(await Promise.all(both)).to.deep.equal([1, undefined]);
  });

  it('does nothing for a code that is unknown or too old', async () => {
    const { codes, clock } = setUp();
    const { code } = codes.create();
    await clock.tick(10 * MINUTE);
    let worked = 0;
    for (const one of [code, 'UNKNOWN']) {
      await codes.redeem(one, async () => {
        worked += 1;
      });
    }
    expect(worked).to.equal(0);
  });
});

describe('PairingCodes.endOf', () => {
  it('ends the codes of that device only, also while they are in use', async () => {
    const { codes } = setUp();
    const [own, other, used] = [codes.create('a').code, codes.create('b').code, codes.create('a').code];
    const stood = await codes.redeem(used, async (grant) => {
      const before = grant.stands();
      codes.endOf('a');
      return [before, grant.stands()];
    });
    expect(stood).to.deep.equal([true, false]);
    expect(codes.find(own)).to.equal(undefined);
    expect(codes.find(other)).to.include({ by: 'b' });
  });
});

describe('pairingPath', () => {
  it('has the code behind the #', () => {
    expect(pairingPath('ABC')).to.equal('/#pair=ABC');
  });
});
