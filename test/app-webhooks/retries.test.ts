import { expect } from 'chai';
import { createHookTransport, HOOK } from '../../server/app-webhooks/transport.ts';
import { systemClock } from '../../server/base/clock.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createApp } from '../../server/channel/app.ts';
import { createMessage, createMids } from '../../server/delivery/message.ts';
import { Outbox } from '../../server/delivery/outbox.ts';
import { ReadAhead } from '../../server/delivery/read-ahead.ts';
import { draft, openBackend } from '../delivery/fixtures.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { receiver } from './receiver.ts';

const QUEUE = 'hook/1/0';

/** The outbox of one hook, whose receiver fails, and every rest that it takes. Only the rests pass on the test's clock. */
async function failing(random: number) {
  const hooks = await receiver();
  hooks.status = 503;
  const hook = { url: hooks.url, events: [], batch: false };
  const app = createApp({ id: '1', keys: [{ key: 'k', secret: 's', active: true }], hooks: [hook] });
  const time = fakeClock();
  const transport = createHookTransport({
    clock: { ...systemClock, now: time.now },
    targetOf: () => ({ app, hook }),
  });
  onCleanup(() => transport.close());
  const { log } = await openBackend();
  /** What the outbox did and was not looked at: a rest in ms, or the end. */
  const steps: (number | 'failed')[] = [];
  let woken = () => {};
  const step = (one: number | 'failed') => {
    steps.push(one);
    woken();
  };
  const device = { name: QUEUE, groups: [], routes: { [HOOK]: {} }, secured: true, createdAt: 0 };
  const readAhead = new ReadAhead(2 ** 20);
  const outbox = new Outbox(device, 0, {
    log,
    logger: silentLogger,
    clock: {
      ...time,
      setTimeout(run, ms) {
        step(ms);
        return time.setTimeout(run, ms);
      },
    },
    transports: new Map([[HOOK, transport]]),
    readAhead,
    random: () => random,
    addressOf: () => undefined,
    onStatus: (_mid, _device, status) => status === 'failed' && step(status),
    onGone() {},
  });
  onCleanup(() => outbox.close());

  /** The rests from now on, until the delivery is given up or there were so many. Each but the last one passes. */
  async function rests(most = Number.POSITIVE_INFINITY): Promise<number[]> {
    const found: number[] = [];
    for (;;) {
      while (steps.length === 0) await new Promise<void>((resolve) => (woken = resolve));
      const one = steps.shift();
      if (typeof one !== 'number') return found;
      found.push(one);
      if (found.length === most) return found;
      await time.tick(one);
    }
  }

  const nextMid = createMids(time, '0');
  async function report(...events: unknown[]): Promise<void> {
    const body = { text: JSON.stringify({ events }), desp: '', extra: {} };
    const made = createMessage({ ...draft(QUEUE), message: body }, nextMid());
    await log.append(made, [QUEUE]);
    outbox.enqueue(readAhead.share(made, 100));
  }

  await report('first');
  return { hooks, rests, report, pass: (ms: number) => time.tick(ms) };
}

describe('a hook that fails', () => {
  it('is tried again after 1, 2, 4 … s, and for the last time after five minutes', async () => {
    const { hooks, rests } = await failing(0.5);
    const all = await rests();
    expect(all).to.deep.equal([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000, 57_000]);
    expect(all.reduce((sum, ms) => sum + ms)).to.equal(300_000);
    expect(hooks.requests).to.have.length(11);
    expect(new Set(hooks.requests.map(({ body }) => body)).size).to.equal(1);
    expect(new Set(hooks.requests.map(({ headers }) => headers['x-pusher-signature'])).size).to.equal(1);
  });

  it('holds up what happened later, and gets it in order', async () => {
    const { hooks, rests, report, pass } = await failing(0.5);
    await report('second');
    await rests(1);
    hooks.status = 204;
    await pass(1000);
    for (const event of ['first', 'first', 'second']) expect((await hooks.next()).events).to.deep.equal([event]);
    expect(hooks.requests).to.have.length(3);
  });

  it('is one that sends us elsewhere, too', async () => {
    const { hooks, rests } = await failing(0.5);
    hooks.status = 307;
    hooks.headers = { location: `${hooks.url}/elsewhere` };
    expect(await rests(1)).to.deep.equal([1000]);
    expect(hooks.requests.map(({ url }) => url)).to.deep.equal(['/hooks']);
  });

  it('is tried again at times that differ from the first on', async () => {
    const { rests } = await failing(0);
    expect(await rests(3)).to.deep.equal([750, 1500, 3000]);
  });

  it('gets the rest that it asks for, but none beyond the five minutes', async () => {
    const { hooks, rests, pass } = await failing(0.5);
    hooks.headers = { 'retry-after': '7' };
    expect(await rests(1)).to.deep.equal([7000]);
    hooks.headers = { 'retry-after': '3600' };
    await pass(7000);
    expect(await rests()).to.deep.equal([293_000]);
    expect(hooks.requests).to.have.length(3);
  });
});

describe('a hook whose app is off, or has no key left', () => {
  it('is not asked any more', async () => {
    const hooks = await receiver();
    const hook = { url: hooks.url, events: [], batch: false };
    const on = createApp({ id: '1', keys: [{ key: 'k', secret: 's', active: true }], hooks: [hook] });
    const body = { text: '{}', desp: '', extra: { nth: 0, id: 'i' } };
    for (const [app, kind] of [
      [{ ...on, enabled: false }, 'refused'],
      [{ ...on, keys: [] }, 'refused'],
      [on, 'confirmed'],
    ] as const) {
      const transport = createHookTransport({ clock: systemClock, targetOf: () => ({ app, hook }) });
      onCleanup(() => transport.close());
      const message = createMessage({ ...draft(QUEUE), message: body }, `${Date.now()}`);
      expect((await transport.deliver(QUEUE, {}, message, new AbortController().signal)).kind).to.equal(kind);
    }
    expect(hooks.requests).to.have.length(1);
  });
});
