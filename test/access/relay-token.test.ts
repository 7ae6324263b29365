import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { createDeviceAuth } from '../../server/access/device-auth.ts';
import { createRelayToken, deviceKeyOf, type TokenStore } from '../../server/access/relay-token.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { rejection } from '../support/rejection.ts';

const signingKey = randomBytes(32);
const HOUR = 3_600_000;

/** A store that several nodes share. */
function sharedStore() {
  const secrets = new Map<string, string>();
  const listeners: (() => void)[] = [];
  const failing = { reads: 0 };
  const store: TokenStore = {
    async get(name, make) {
      if (!secrets.has(name)) secrets.set(name, make());
      return secrets.get(name) ?? '';
    },
    async find(name) {
      if (failing.reads > 0) {
        failing.reads -= 1;
        throw new Error('Redis is away');
      }
      return secrets.get(name);
    },
    async replace(name, from, changes) {
      if (secrets.get(name) !== from) return false;
      for (const [key, value] of Object.entries(changes)) secrets.set(key, value);
      for (const listener of listeners) listener();
      return true;
    },
    onReplaced: (listener) => void listeners.push(listener),
  };
  return { store, secrets, failing };
}

function setUp({ configured, clock = fakeClock() }: { configured?: string; clock?: FakeClock } = {}) {
  const shared = sharedStore();
  const { logger, lines } = recordingLogger();
  let made = 0;
  const node = async () => {
    const token = await createRelayToken({
      configured,
      store: shared.store,
      signingKey,
      make: () => `made ${++made}`,
      clock,
      logger,
    });
    const revocations = { load: async () => new Map(), put: async () => {}, onChange() {} };
    const auth = await createDeviceAuth({ keys: token.deviceKeys, clock, revocations });
    const isGood = (jwt: string) =>
      auth.verify(jwt).then(
        () => true,
        () => false,
      );
    return { token, auth, isGood };
  };
  return { ...shared, clock, lines, node };
}

describe('RelayToken', () => {
  it('is made once, and the same after a restart', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    expect([one.token.text(), two.token.text()]).to.deep.equal(['made 1', 'made 1']);
    expect([one.token.matches('made 1'), one.token.matches('made 2')]).to.deep.equal([true, false]);
  });

  it('is replaced on all nodes, and the old one ends at once', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    const told: string[] = [];
    two.token.onReplaced((before) => told.push(before));
    const text = await one.token.rotate(HOUR);
    await eventually('the other node knows it', () => two.token.matches(text));
    for (const { token } of [one, two]) expect([token.text(), token.matches('made 1')]).to.deep.equal([text, false]);
    expect(told).to.deep.equal(['made 1']);
  });

  it('keeps tokens of devices good for as long as is said, and over a restart', async () => {
    const { node, clock, secrets } = setUp();
    const one = await node();
    const jwt = await one.auth.sign({ name: 'phone', groups: [] });
    let ends = 0;
    one.token.onEnded(() => {
      ends += 1;
    });
    await one.token.rotate(HOUR);
    const newer = await one.auth.sign({ name: 'phone', groups: [] });
    await clock.tick(HOUR - 1);
    const two = await node();
    for (const { isGood } of [one, two]) expect([await isGood(jwt), await isGood(newer)]).to.deep.equal([true, true]);
    expect(ends).to.equal(1);
    await clock.tick(1);
    for (const { isGood } of [one, two]) expect([await isGood(jwt), await isGood(newer)]).to.deep.equal([false, true]);
    expect(ends).to.equal(2);
    expect(JSON.stringify([...secrets]), 'an old token is kept nowhere').not.to.include('made 1');
  });

  it('ends all of them at once with 0, and never lets an earlier end move back', async () => {
    const { node, clock } = setUp();
    const { token, auth, isGood } = await node();
    const first = await auth.sign({ name: 'a', groups: [] });
    await token.rotate(HOUR);
    const second = await auth.sign({ name: 'a', groups: [] });
    await token.rotate(2 * HOUR);
    await clock.tick(HOUR);
    expect([await isGood(first), await isGood(second)]).to.deep.equal([false, true]);
    await token.rotate(0);
    expect([await isGood(second), await isGood(await auth.sign({ name: 'a', groups: [] }))]).to.deep.equal([
      false,
      true,
    ]);
  });

  it('is made by one of two that try at once', async () => {
    const { node } = setUp();
    const [one, two] = [await node(), await node()];
    const results = await Promise.allSettled([one.token.rotate(HOUR), two.token.rotate(HOUR)]);
    expect(results.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
    await eventually('both have the same', () => one.token.text() === two.token.text());
  });

  it('is read again when it could not be read', async () => {
    const { node, failing, clock, lines } = setUp();
    const [one, two] = [await node(), await node()];
    failing.reads = 3;
    const text = await one.token.rotate(HOUR);
    await eventually('it is logged', () => lines.length >= 2);
    await clock.tick(1000);
    await eventually('it is read', async () => {
      await clock.tick(1000);
      return two.token.text() === text;
    });
  });

  it('is left to the config if that has one', async () => {
    const { node, secrets } = setUp({ configured: 'mine' });
    const { token } = await node();
    expect(await rejection(token.rotate(HOUR))).to.include({
      code: 'forbidden',
      message: 'the token is set in the config: change it there, and restart the relay',
    });
    expect([token.text(), secrets.size]).to.deep.equal(['mine', 0]);
  });
});

describe('deviceKeyOf', () => {
  it('refuses a short signing key', () => {
    expect(() => deviceKeyOf(randomBytes(31), 'a')).to.throw('the signing key is shorter than 32 bytes');
  });
});
