import { install } from '@sinonjs/fake-timers';
import { expect } from 'chai';
import { createThrottle, type Throttle } from '../../server/access/throttle.ts';
import { RelayError } from '../../server/base/errors.ts';

/** Seconds to wait, or 0 for an address that may try. */
async function waitOf(throttle: Throttle, address: string): Promise<number | undefined> {
  try {
    await throttle.check(address);
  } catch (error) {
    expect(error).to.be.instanceOf(RelayError).with.property('code', 'too_many');
    return (error as RelayError).retryAfter;
  }
  return 0;
}

function fail(throttle: Throttle, address: string, times: number): void {
  for (let n = 0; n < times; n += 1) throttle.fail(address);
}

describe('createThrottle', () => {
  // The limiter reads the machine's clock and takes no other.
  let clock: ReturnType<typeof install>;
  beforeEach(() => {
    clock = install({ toFake: ['Date', 'setTimeout', 'clearTimeout'], shouldClearNativeTimers: true });
  });
  afterEach(() => clock.uninstall());

  it('refuses an address after its wrong tokens, until the window ends', async () => {
    const throttle = createThrottle({ limit: 3, windowMs: 60_000 });
    for (let n = 0; n < 3; n += 1) {
      expect(await waitOf(throttle, '192.0.2.1')).to.equal(0);
      throttle.fail('192.0.2.1');
    }
    expect(await waitOf(throttle, '192.0.2.1')).to.equal(60);
    clock.tick(59_001);
    expect(await waitOf(throttle, '192.0.2.1')).to.equal(1);
    clock.tick(999);
    expect(await waitOf(throttle, '192.0.2.1')).to.equal(0);
    throttle.fail('192.0.2.1');
    expect(await waitOf(throttle, '192.0.2.1')).to.equal(0);
  });

  it('never counts a check, as a right token makes it', async () => {
    const throttle = createThrottle({ limit: 1, windowMs: 60_000 });
    for (let n = 0; n < 100; n += 1) expect(await waitOf(throttle, '192.0.2.1')).to.equal(0);
  });

  const same: [string, string][] = [
    ['192.0.2.1', '::ffff:192.0.2.1'],
    ['192.0.2.1', '::FFFF:c000:201'],
    ['2001:db8:1:2::1', '2001:DB8:1:2:ffff:ffff:ffff:ffff'],
    ['2001:db8::1', '2001:0db8:0000:0000:0000:0000:0000:0009'],
    ['fe80::1%eth0', 'fe80::2'],
    ['::1', '0:0:0:0:0:0:0:1'],
  ];
  for (const [one, other] of same) {
    it(`counts ${one} and ${other} together`, async () => {
      const throttle = createThrottle({ limit: 2, windowMs: 60_000 });
      throttle.fail(one);
      throttle.fail(other);
      expect([await waitOf(throttle, one), await waitOf(throttle, other)]).to.deep.equal([60, 60]);
    });
  }

  const different: [string, string][] = [
    ['192.0.2.1', '192.0.2.2'],
    ['::ffff:192.0.2.1', '::1'],
    ['::ffff:192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['', 'unknown'],
    ['__proto__', 'constructor'],
    ['1:2:3', ':::'],
  ];
  for (const [one, other] of different) {
    it(`counts ${one || 'no address'} and ${other} apart`, async () => {
      const throttle = createThrottle({ limit: 1, windowMs: 60_000 });
      throttle.fail(one);
      expect([await waitOf(throttle, one), await waitOf(throttle, other)]).to.deep.equal([60, 0]);
    });
  }

  it('remembers a bounded number of addresses and forgets the one that failed longest ago', async () => {
    const throttle = createThrottle({ limit: 2, windowMs: 60_000 });
    for (const last of [1, 2, 3]) throttle.fail(`192.0.2.${last}`);
    for (let more = 3; more < 10_000; more += 1) throttle.fail(`198.51.${more >> 8}.${more & 255}`);
    throttle.fail('192.0.2.1');
    fail(throttle, '192.0.2.2', 1);
    fail(throttle, '192.0.2.4', 2);
    expect(await waitOf(throttle, '192.0.2.1')).to.equal(60);
    expect(await waitOf(throttle, '192.0.2.2')).to.equal(60);
    expect(await waitOf(throttle, '192.0.2.4')).to.equal(60);
    throttle.fail('192.0.2.3');
    expect(await waitOf(throttle, '192.0.2.3')).to.equal(0);
  });

  it('survives huge addresses', async () => {
    const throttle = createThrottle({ limit: 1, windowMs: 60_000 });
    throttle.fail('f'.repeat(1 << 20));
    expect(await waitOf(throttle, 'f'.repeat(1 << 20))).to.equal(60);
  });
});
