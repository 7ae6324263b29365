import { expect } from 'chai';
import { createPairingCodes, pairingPath } from '../../server/access/pairing-codes.ts';
import { createMemoryGuards } from '../../server/backends/memory-guards.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { farGuards } from '../support/far-guards.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const MINUTE = 60_000;

/** Makes several codes, one after the other. */
async function several(count: number, make: (n: number) => Promise<{ readonly code: string }>): Promise<string[]> {
  const codes: string[] = [];
  for (let n = 0; n < count; n += 1) codes.push((await make(n)).code);
  return codes;
}

function setUp() {
  const clock = fakeClock();
  const { logger, lines } = recordingLogger();
  const far = farGuards(createMemoryGuards(clock));
  const [codes, farCodes] = [createMemoryGuards(clock), far.guards].map(({ pairings: store }) =>
    createPairingCodes({ store, clock, logger }),
  );
  if (codes === undefined || farCodes === undefined) throw new Error('expected two');
  return { clock, codes, far, farCodes, lines };
}

describe('PairingCodes.create', () => {
  it('makes codes of 12 characters that are not mistaken for others', async () => {
    const { codes, clock } = setUp();
    const { code, expiresAt } = await codes.create();
    expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{12}$/);
    expect(expiresAt).to.equal(clock.now() + 10 * MINUTE);
    expect((await codes.create()).code).not.to.equal(code);
  });

  it('keeps whether a code lets a device manage', async () => {
    const { codes } = setUp();
    expect(codes.find((await codes.create(undefined, true)).code)).to.include({ manage: true });
    expect(codes.find((await codes.create()).code)).to.not.have.property('manage');
  });

  it('drops the oldest code of a device that has ten, and no other code', async () => {
    const { codes } = setUp();
    const [owner, other] = [await codes.create(), await codes.create('other')];
    const made = await several(100, () => codes.create('stolen'));
    expect(made.filter((code) => codes.find(code) !== undefined)).to.deep.equal(made.slice(-10));
    expect(codes.find(owner.code)).to.include({ expiresAt: owner.expiresAt });
    expect(codes.find(other.code)).to.include({ by: 'other' });
  });

  it('keeps 100 codes of the owner and 1000 of all devices', async () => {
    const { codes } = setUp();
    const owners = await several(101, () => codes.create());
    const devices = await several(1001, (n) => codes.create(`device-${n}`));
    expect(owners.map((code) => codes.find(code) !== undefined)).to.deep.equal([false, ...Array(100).fill(true)]);
    expect(devices.map((code) => codes.find(code) !== undefined)).to.deep.equal([false, ...Array(1000).fill(true)]);
  });
});

describe('PairingCodes.find', () => {
  it('takes a code in lower case, with dashes and spaces', async () => {
    const { codes } = setUp();
    const { code } = await codes.create('phone');
    expect(codes.find(` ${code.slice(0, 4).toLowerCase()}-${code.slice(4)} `)).to.include({ by: 'phone' });
    expect(codes.find('')).to.equal(undefined);
    expect(codes.find('__proto__')).to.equal(undefined);
  });

  it('knows a code for ten minutes, whatever happens to the wall clock', async () => {
    const { codes, clock } = setUp();
    const { code } = await codes.create();
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
    const { code } = await codes.create('phone');
    expect(await codes.redeem(code, async ({ by }) => `by ${by}`)).to.equal('by phone');
    expect(codes.find(code)).to.equal(undefined);
    expect(await codes.redeem(code, async () => 'again')).to.equal(undefined);
  });

  it('keeps the code when the work has failed', async () => {
    const { codes } = setUp();
    const { code } = await codes.create();
    const failed = await codes
      .redeem(code, () => Promise.reject(new Error('disk full')))
      .catch((error) => error.message);
    expect(failed).to.equal('disk full');
    expect(await codes.redeem(code, async () => 'in')).to.equal('in');
  });

  it('lets one use at a time have the code', async () => {
    const { codes } = setUp();
    const { code } = await codes.create();
    const both = [codes.redeem(code, async () => 1), codes.redeem(code.toLowerCase(), async () => 2)];
    expect(await Promise.all(both)).to.deep.equal([1, undefined]);
  });

  it('does nothing for a code that is unknown or too old', async () => {
    const { codes, clock } = setUp();
    const { code } = await codes.create();
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
    const [own = '', other = '', used = ''] = await several(3, (n) => codes.create(n === 1 ? 'b' : 'a'));
    const stood = await codes.redeem(used, async (grant) => {
      const before = await grant.stands();
      codes.endOf('a');
      return [before, await grant.stands()];
    });
    expect(stood).to.deep.equal([true, false]);
    expect(codes.find(own)).to.equal(undefined);
    expect(codes.find(other)).to.include({ by: 'b' });
  });
});

describe('pairing codes that are kept elsewhere', () => {
  it('let one use at a time have the code, and end with it', async () => {
    const { farCodes } = setUp();
    const { code } = await farCodes.create('phone');
    const both = [farCodes.redeem(code, async ({ stands }) => stands()), farCodes.redeem(code, async () => false)];
    expect(await Promise.all(both)).to.deep.equal([true, undefined]);
    expect(await farCodes.find(code)).to.equal(undefined);
  });

  it('refuse everything while they cannot be reached', async () => {
    const { far, farCodes } = setUp();
    const { code } = await farCodes.create();
    far.isGone = true;
    for (const refused of [farCodes.create(), farCodes.find(code), farCodes.redeem(code, async () => 1)]) {
      expect(await rejection(Promise.resolve(refused))).to.include({ code: 'unavailable' });
    }
    far.isGone = false;
    expect(await farCodes.redeem(code, async () => 1)).to.equal(1);
  });

  it('cannot be used again when they cannot be reached after the work', async () => {
    const { far, farCodes, lines } = setUp();
    const { code } = await farCodes.create();
    const used = farCodes.redeem(code, async () => {
      far.isGone = true;
      return 'in';
    });
    expect(await used).to.equal('in');
    far.isGone = false;
    expect(await farCodes.redeem(code, async () => 'again')).to.equal(undefined);
    expect(lines.map(({ level, text }) => [level, text])).to.deep.equal([
      ['error', 'a used pairing code could not be ended'],
    ]);
  });

  it('say that they could not be ended', async () => {
    const { far, farCodes, lines } = setUp();
    far.isGone = true;
    farCodes.endOf('phone');
    const text = 'the pairing codes of a device could not be ended';
    await eventually('it is logged', () => lines.some((line) => line.text === text));
  });
});

describe('pairingPath', () => {
  it('has the code behind the #', () => {
    expect(pairingPath('ABC')).to.equal('/#pair=ABC');
  });
});
