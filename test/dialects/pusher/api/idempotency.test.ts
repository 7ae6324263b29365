import { expect } from 'chai';
import { createApp } from '../../../../server/channel/app.ts';
import { createApps } from '../../../../server/channel/apps.ts';
import { createIdempotency } from '../../../../server/dialects/pusher/api/idempotency.ts';
import { fakeClock } from '../../../support/clock.ts';

const REQUEST = { query: [], body: Buffer.alloc(0) };

/** Two apps that trigger; each answer is another object. */
function setUp() {
  const [one, two] = ['1', '2'].map((id) => createApp({ id, keys: [{ key: id, secret: 's', active: true }] }));
  if (one === undefined || two === undefined) throw new Error('expected two apps');
  const apps = createApps([one, two]);
  const clock = fakeClock();
  const idempotency = createIdempotency({ apps, clock });
  const ask = (app: typeof one, key: string) => idempotency.once(app, 'events', key, REQUEST, () => ({}));
  return { one, two, apps, clock, ask };
}

describe('createIdempotency', () => {
  it('keeps 10,000 answers of an app, and lets the oldest go', () => {
    const { one, two, ask } = setUp();
    const others = ask(two, 'k0');
    const [first, second] = [ask(one, 'k0'), ask(one, 'k1')];
    for (let n = 2; n < 10_000; n += 1) ask(one, `k${n}`);
    expect(ask(one, 'k0')).to.equal(first);
    ask(one, 'k10000');
    expect(ask(one, 'k1')).to.equal(second);
    expect(ask(one, 'k0')).not.to.equal(first);
    expect(ask(two, 'k0'), 'of the other app').to.equal(others);
  });

  it('keeps an answer for ten minutes, and starts again when another one replaces it', async () => {
    const { one, clock, ask } = setUp();
    const first = ask(one, 'k');
    await clock.tick(599_999);
    expect(ask(one, 'k')).to.equal(first);
    await clock.tick(1);
    const second = ask(one, 'k');
    expect(second).not.to.equal(first);
    ask(one, 'l');
    await clock.tick(599_999);
    ask(one, 'm');
    expect(ask(one, 'k')).to.equal(second);
  });

  it('keeps it through a clock that is set, forward or back', async () => {
    const { one, clock, ask } = setUp();
    const first = ask(one, 'k');
    clock.step(86_400_000);
    expect(ask(one, 'k')).to.equal(first);
    clock.step(-2 * 86_400_000);
    await clock.tick(600_000);
    expect(ask(one, 'k')).not.to.equal(first);
  });

  it('forgets the answers of a removed app, and keeps those of one that changes', () => {
    const { one, two, apps, ask } = setUp();
    const [first, second] = [ask(one, 'k'), ask(two, 'k')];
    apps.remove('1');
    apps.add(one);
    apps.replace(createApp({ ...two, clientEvents: true }));
    expect(ask(one, 'k')).not.to.equal(first);
    expect(ask(two, 'k')).to.equal(second);
  });
});
