import { expect } from 'chai';
import { createMemoryGuards } from '../../../../server/backends/memory-guards.ts';
import { createApp } from '../../../../server/channel/app.ts';
import { createApps } from '../../../../server/channel/apps.ts';
import { createIdempotency } from '../../../../server/dialects/pusher/api/idempotency.ts';
import { turn } from '../../../delivery/fixtures.ts';
import { fakeClock } from '../../../support/clock.ts';
import { farGuards } from '../../../support/far-guards.ts';
import { recordingLogger } from '../../../support/recording-logger.ts';
import { rejection } from '../../../support/rejection.ts';

const REQUEST = { query: [], body: Buffer.alloc(0) };

/** Two apps that trigger. Each answer is another one. */
function setUp() {
  const [one, two] = ['1', '2'].map((id) => createApp({ id, keys: [{ key: id, secret: 's', active: true }] }));
  if (one === undefined || two === undefined) throw new Error('expected two apps');
  const apps = createApps([one, two]);
  const clock = fakeClock();
  const far = farGuards(createMemoryGuards(clock));
  const { logger, lines } = recordingLogger();
  const near = createIdempotency({ apps, logger, guards: createMemoryGuards(clock) });
  let runs = 0;
  const answer = () => {
    runs += 1;
    return `answer ${runs}`;
  };
  const ask = (app: typeof one, key: string) => near.once(app, 'events', key, REQUEST, answer);
  const distant = createIdempotency({ apps, logger, guards: far.guards });
  const askFar = async (key: string, run: () => string | Promise<string> = answer) =>
    distant.once(one, 'events', key, REQUEST, run);
  return { one, two, apps, clock, ask, far, askFar, lines };
}

describe('createIdempotency', () => {
  it('keeps 10,000 answers of an app, and lets the oldest go', () => {
    const { one, two, ask } = setUp();
    const others = ask(two, 'k0');
    const [first, second] = [ask(one, 'k0'), ask(one, 'k1')];
    for (let n = 2; n < 10_000; n += 1) expect(ask(one, `k${n}`)).not.to.equal(first);
    expect(ask(one, 'k0')).to.equal(first);
    expect(ask(one, 'k10000')).not.to.equal(first);
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
    expect(ask(one, 'l')).not.to.equal(second);
    await clock.tick(599_999);
    expect(ask(one, 'm')).not.to.equal(second);
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

  it('keeps answers of requests that take a while, and carries out one at a time', async () => {
    const { askFar } = setUp();
    let end: (answer: string) => void = () => {};
    const slow = askFar(
      'k',
      () =>
        new Promise((resolve) => {
          end = resolve;
        }),
    );
    await turn();
    expect(await rejection(askFar('k'))).to.include({ code: 'unavailable', retryAfter: 1 });
    end('slow');
    expect([await slow, await askFar('k')]).to.deep.equal(['slow', 'slow']);
  });

  it('keeps no answer of a request that fails, now or later', async () => {
    const { askFar } = setUp();
    const fail = () => {
      throw new Error('at once');
    };
    expect((await rejection(askFar('k', fail))).message).to.equal('at once');
    expect((await rejection(askFar('k', () => Promise.reject(new Error('later'))))).message).to.equal('later');
    expect(await askFar('k')).to.equal('answer 1');
  });

  it('does nothing while it cannot ask, and answers what is done when it cannot keep it', async () => {
    const { far, askFar, lines } = setUp();
    far.isGone = true;
    expect(await rejection(askFar('k'))).to.include({ code: 'unavailable' });
    far.isGone = false;
    const done = askFar('k', () => {
      far.isGone = true;
      return 'done';
    });
    expect(await done).to.equal('done');
    expect(lines.map(({ level, text }) => [level, text])).to.deep.equal([['warn', 'an answer could not be kept']]);
    far.isGone = false;
    expect(await rejection(askFar('k'))).to.include({ code: 'unavailable' });
  });
});
