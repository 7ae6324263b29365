import { expect } from 'chai';
import type { ThrottleStore } from '../../server/access/guards.ts';
import { createThrottle, type Throttle } from '../../server/access/throttle.ts';
import { createMemoryGuards } from '../../server/backends/memory-guards.ts';
import { createBlindDigest } from '../../server/base/digest.ts';
import { RelayError } from '../../server/base/errors.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger } from '../support/recording-logger.ts';

const MINUTE = 60_000;
const ADDRESS = '203.0.113.7';

function setUp(limit = 3) {
  const clock = fakeClock();
  const { logger, lines } = recordingLogger();
  const { throttle: store } = createMemoryGuards(clock);
  const throttle = createThrottle({ limit, windowMs: MINUTE, clock, logger, store, digest: createBlindDigest() });
  return { clock, lines, throttle };
}

/** Two nodes that count together. */
function twoNodes(limit = 3, over: (store: ThrottleStore) => Partial<ThrottleStore> = () => ({})) {
  const clock = fakeClock();
  const { logger, lines } = recordingLogger();
  const { throttle: near } = createMemoryGuards(clock);
  const digest = createBlindDigest('k'.repeat(64));
  const node = () => {
    const store = { ...near, ...over(near) };
    return createThrottle({ limit, windowMs: MINUTE, clock, logger, store, digest });
  };
  return { clock, lines, one: node(), two: node() };
}

/** Shows a wrong credential. @returns what it is answered: its own refusal, or the seconds to wait */
function wrong(throttle: Throttle, shown: string, address = ADDRESS, path = '/a.send'): string | number | undefined {
  const { message, retryAfter } = throttle
    .begin(shown, { address, path, dialect: 'mpush' })
    .wrong(new RelayError('unauthorized', 'no'));
  return message === 'no' ? message : retryAfter;
}

const right = (throttle: Throttle, shown: string) =>
  throttle.begin(shown, { address: ADDRESS, path: '/', dialect: 'mpush' }).right();

describe('createThrottle', () => {
  it('refuses different wrong credentials for their number once the bound is reached', () => {
    const { throttle } = setUp();
    expect(['a', 'b', 'c', 'd', 'e'].map((shown) => wrong(throttle, shown))).to.deep.equal(['no', 'no', 'no', 60, 60]);
  });

  it('counts the same wrong credential once', () => {
    const { throttle } = setUp();
    for (let n = 0; n < 100; n += 1) expect(wrong(throttle, 'outdated')).to.equal('no');
    expect([wrong(throttle, 'b'), wrong(throttle, 'c'), wrong(throttle, 'd')]).to.deep.equal(['no', 'no', 60]);
    expect(wrong(throttle, 'outdated'), 'one of the first').to.equal('no');
  });

  it('counts before the check, so that many at once do not beat the bound', () => {
    const { throttle } = setUp();
    const attempts = Array.from({ length: 200 }, (_, n) =>
      throttle.begin(`${n}`, { address: ADDRESS, path: '/', dialect: 'mpush' }),
    );
    const codes = attempts.map((attempt) => attempt.wrong(new RelayError('unauthorized', 'no')).code);
    expect(codes.filter((code) => code === 'unauthorized')).to.have.length(3);
  });

  it('does not count a right one, not even among many at once', () => {
    const { throttle } = setUp();
    const attempts = Array.from({ length: 3 }, (_, n) =>
      throttle.begin(`${n}`, { address: ADDRESS, path: '/', dialect: 'mpush' }),
    );
    for (const attempt of attempts) attempt.right();
    for (let n = 0; n < 10; n += 1) right(throttle, `right-${n}`);
    expect(['a', 'b', 'c', 'd'].map((shown) => wrong(throttle, shown))).to.deep.equal(['no', 'no', 'no', 60]);
  });

  it('counts an IPv4 address as one whatever its port, and an IPv6 /64', () => {
    const { throttle } = setUp();
    const answers = [1, 2, 3, 4].map((n) => wrong(throttle, `${n}`, `${ADDRESS}:4000${n}`));
    expect(answers).to.deep.equal(['no', 'no', 'no', 60]);
    expect([1, 2, 3, 4].map((n) => wrong(throttle, `${n}`, `2001:db8::${n}`))).to.deep.equal(['no', 'no', 'no', 60]);
    expect(wrong(throttle, '5', '2001:db8:0:1::1')).to.equal('no');
  });

  it('begins again a minute after the first wrong one, whatever happens to the wall clock', async () => {
    const { throttle, clock } = setUp();
    for (const shown of ['a', 'b', 'c']) wrong(throttle, shown);
    clock.step(-24 * 3600 * 1000);
    await clock.tick(20_000);
    expect(wrong(throttle, 'd')).to.equal(40);
    await clock.tick(39_999);
    expect(wrong(throttle, 'd')).to.equal(1);
    await clock.tick(1);
    expect(wrong(throttle, 'd')).to.equal('no');
  });

  it('logs each counted credential and one lockout, with address and path and never the value', () => {
    const { throttle, lines } = setUp(2);
    for (const shown of ['s3cret-1', 's3cret-1', 's3cret-2', 's3cret-3', 's3cret-4']) wrong(throttle, shown);
    const facts = { address: ADDRESS, path: '/a.send', dialect: 'mpush' };
    expect(lines).to.deep.equal([
      { level: 'warn', text: 'wrong credential', facts },
      { level: 'warn', text: 'wrong credential', facts },
      { level: 'warn', text: 'address locked out for wrong credentials', facts: { ...facts, retryAfter: 60 } },
    ]);
  });

  it('logs no part of a path that could itself be a credential', () => {
    const { throttle, lines } = setUp(9);
    for (const path of [
      '/ping/123e4567-e89b-12d3-a456-426614174000/x/y',
      '/AbcdefghijklmN0/title/text',
      `/a/${'Zz9'.repeat(17)}`,
      '/living-room-display.send',
      '/v1/devices/phone/messages',
    ]) {
      wrong(throttle, path, ADDRESS, path);
    }
    expect(lines.map(({ facts }) => (facts as { readonly path: string }).path)).to.deep.equal([
      '/ping/…/x/y',
      '/…/title/text',
      '/a/…',
      '/living-room-display.send',
      '/v1/devices/phone/messages',
    ]);
  });

  it('keeps its memory bounded, and cuts long paths in the log', () => {
    const { throttle, lines } = setUp(1);
    wrong(throttle, 'a', 'first', `/${'x.'.repeat(5_000)}`);
    expect(wrong(throttle, 'b', 'first')).to.equal(60);
    expect(JSON.stringify(lines[0])).to.have.length.below(400);
    for (let n = 0; n < 10_000; n += 1) wrong(throttle, 'a', `address-${n}`);
    expect(wrong(throttle, 'b', 'first'), 'forgotten').to.equal('no');
  });

  it('knows credentials of any content', () => {
    const { throttle } = setUp(4);
    for (const shown of ['', '__proto__', '\0', 'x'.repeat(100_000)]) expect(wrong(throttle, shown)).to.equal('no');
    expect(wrong(throttle, 'one more')).to.equal(60);
  });
});

describe('the throttles of two nodes', () => {
  it('lock out a network that spreads its guesses, on both, for the rest of the minute', async () => {
    const { one, two, clock } = twoNodes();
    expect([wrong(one, 'a'), wrong(two, 'b')]).to.deep.equal(['no', 'no']);
    await clock.tick(20_000);
    expect([wrong(one, 'c'), wrong(one, 'd'), wrong(two, 'd')]).to.deep.equal(['no', 40, 40]);
    right(two, 'right');
    expect(wrong(two, 'e')).to.equal(40);
    await clock.tick(40_000);
    expect([wrong(one, 'd'), wrong(two, 'e')]).to.deep.equal(['no', 'no']);
  });

  it('count the same wrong credential once, whichever node it is shown', () => {
    const { one, two } = twoNodes();
    for (let n = 0; n < 9; n += 1) expect([wrong(one, 'outdated'), wrong(two, 'outdated')]).to.deep.equal(['no', 'no']);
    expect([wrong(one, 'b'), wrong(two, 'c'), wrong(one, 'outdated'), wrong(one, 'd')]).to.deep.equal([
      'no',
      'no',
      'no',
      60,
    ]);
  });

  it('go on with what they know themselves while they cannot reach each other', async () => {
    const { one, lines } = twoNodes(2, () => ({ fail: () => Promise.reject(new Error('gone')) }));
    expect([wrong(one, 'a'), wrong(one, 'b'), wrong(one, 'c')]).to.deep.equal(['no', 'no', 60]);
    const failures = () => lines.filter(({ text }) => text === 'a wrong credential counts on this node only');
    await eventually('both failures are logged', () => failures().length === 2);
  });
});
