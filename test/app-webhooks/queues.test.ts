import { expect } from 'chai';
import { type HooksConfig, hooksConfig } from '../../server/app-webhooks/config.ts';
import { createWebhookQueues } from '../../server/app-webhooks/queues.ts';
import type { ReportStore } from '../../server/app-webhooks/report-store.ts';
import type { Logger } from '../../server/base/logger.ts';
import { createApp, type Hook } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import { soleOwner } from '../../server/delivery/sole-owner.ts';
import { createOutbound } from '../../server/outbound/outbound.ts';
import { openBackend } from '../delivery/fixtures.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fakeClock } from '../support/clock.ts';
import { eventually } from '../support/eventually.ts';
import { receiver } from './receiver.ts';

const KEYS = [{ key: 'k', secret: 's', active: true }];
const event = (channel: string) => ({ name: 'channel_occupied', channel });

/** The queues of one app over real sockets and a real store; time stands still. */
async function setUp({
  config = {},
  wrap,
  knowsAllApps = true,
}: {
  config?: Partial<HooksConfig>;
  knowsAllApps?: boolean;
  wrap?: (store: ReportStore) => ReportStore;
} = {}) {
  const hooks = await receiver();
  const { appReports } = await openBackend();
  const hook: Hook = { url: hooks.url, events: [], batch: true };
  const app = createApp({ id: '1', keys: KEYS, hooks: [hook] });
  const apps = createApps([app]);
  const clock = fakeClock();
  const lines: { level: string; text: string; facts: Record<string, unknown> }[] = [];
  const log = (level: string) => (facts: object, text: string) => void lines.push({ level, text, facts: { ...facts } });
  const logger = {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
  } as unknown as Logger;
  const outcomes: string[] = [];
  const meter = {
    attempted: (_hook: string, outcome: string) => void outcomes.push(outcome),
    retried() {},
    reached() {},
  };
  /** The next run of the relay on the same store. */
  function run() {
    const client = createOutbound({ clock, maxSockets: 64 }).client({ timeout: 10_000 });
    const queues = createWebhookQueues({
      config: { ...hooksConfig.parse({}), ...config },
      store: wrap?.(appReports) ?? appReports,
      ownership: soleOwner,
      apps,
      knowsAllApps: async () => knowsAllApps,
      client,
      clock,
      logger,
      random: () => 0.5,
      meter,
    });
    const close = () => {
      queues.close();
      client.close();
    };
    onCleanup(close);
    return { ...queues, close };
  }
  const queues = run();
  return {
    hooks,
    hook,
    app,
    apps,
    clock,
    lines,
    /** What became of each attempt that is over. */
    outcomes,
    store: appReports,
    queues,
    run,
    tell: (...channels: string[]) => queues.emit(app, hook, channels.map(event)),
    told: () => hooks.requests.map(({ events }) => events.map(({ channel }) => channel).join('+')),
  };
}

describe('createWebhookQueues', () => {
  it('lets a report that is refused again and again hold up nothing but its channel', async () => {
    const { hooks, tell, told, clock, queues } = await setUp();
    hooks.refuses = ({ events }) => events.some(({ channel }) => channel === 'bad');
    tell('bad');
    tell('bad', 'good');
    for (let n = 0; n < 20; n += 1) tell(`c${n}`);
    await eventually('all other channels are told', () => told().filter((text) => /^c\d/.test(text)).length === 20);
    hooks.refuses = () => false;
    await clock.tick(1000);
    await eventually('nothing waits', () => queues.queued() === 0);
    expect(told().slice(-2)).to.deep.equal(['bad', 'bad+good']);
  });

  it('splits a batch that is refused, so that the other channels in it are told', async () => {
    const { hooks, tell, told, clock, queues, store, outcomes } = await setUp();
    hooks.refuses = ({ events }) => events.some(({ channel }) => channel === 'bad');
    tell('bad', 'good', 'fine', 'good');
    for (let n = 1; n <= 3; n += 1) {
      await eventually(`the end of attempt ${n}`, () => outcomes.length >= n);
      await clock.tick(n * 1000);
    }
    await eventually('the good channels are told', () => told().includes('good+good') && told().includes('fine'));
    await eventually('only the bad one waits', () => queues.queued() === 1);
    expect((await store.load()).map(({ channels }) => channels)).to.deep.equal([['bad']]);
  });

  it('forgets a report of a removed app also while it is split', async () => {
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    let parts = 0;
    const wrap = (store: ReportStore): ReportStore => ({
      ...store,
      async split(...split) {
        parts = split[1].length;
        await opened;
        return store.split(...split);
      },
    });
    const { hook, hooks, apps, tell, clock, queues, outcomes } = await setUp({ wrap });
    hooks.refuses = () => true;
    const other = createApp({ id: '2', keys: [{ key: 'l', secret: 's', active: true }], hooks: [hook] });
    apps.add(other);
    queues.emit(other, hook, [event('c')]);
    tell('a', 'b');
    for (let n = 1; n <= 3; n += 1) {
      await eventually(`the end of attempt ${n} of both`, () => outcomes.length >= 2 * n);
      await clock.tick(n * 1000);
    }
    await eventually('the parts are being stored', () => parts === 2);
    apps.remove('1');
    queues.forget('1');
    open();
    await queues.settled();
    await clock.tick(1000);
    expect(queues.queued()).to.equal(1);
  });

  it('has at most hooks.concurrency requests under way to one address', async () => {
    const { hooks, tell, queues, clock } = await setUp({ config: { concurrency: 3 } });
    hooks.status = 0;
    for (let n = 0; n < 10; n += 1) tell(`c${n}`);
    await eventually('three are under way', () => hooks.requests.length === 3);
    await clock.tick(9000);
    expect([hooks.requests.length, queues.queued()]).to.deep.equal([3, 10]);
  });

  it('goes on in order after a restart', async () => {
    const { hooks, tell, told, clock, queues, run } = await setUp();
    hooks.status = 500;
    for (const channel of ['a', 'b']) tell(channel, 'x');
    tell('a');
    await eventually('the first attempt', () => hooks.requests.length === 1);
    await queues.drain();
    await queues.settled();
    queues.close();
    hooks.status = 200;
    hooks.requests.length = 0;
    await clock.tick(60_000);
    const next = run();
    await next.load();
    await eventually('everything is told', () => next.queued() === 0);
    expect(told().filter((text) => text.includes('x'))).to.deep.equal(['a+x', 'b+x']);
    expect(told().indexOf('a')).to.be.above(told().indexOf('a+x'));
  });

  it('keeps the body and the id of a request when it is repeated, also after a restart', async () => {
    const { hooks, tell, queues, run } = await setUp();
    hooks.status = 500;
    tell('a');
    const first = await hooks.next();
    await queues.drain();
    queues.close();
    await run().load();
    const again = await hooks.next();
    expect([again.body, again.headers['x-pusher-signature']]).to.deep.equal([
      first.body,
      first.headers['x-pusher-signature'],
    ]);
  });

  it('keeps bodies above hooks.maxBuffered on disk only, and sends them all the same', async () => {
    const { hooks, tell, queues } = await setUp({ config: { maxBuffered: 0 } });
    tell('a');
    expect((await hooks.next()).events).to.deep.equal([event('a')]);
    await eventually('it is taken', () => queues.queued() === 0);
  });

  for (const limit of ['maxQueued', 'maxQueuedBytes'] as const) {
    it(`drops what is above hooks.${limit}, and says so once`, async () => {
      const { hooks, tell, queues, lines } = await setUp({ config: { [limit]: limit === 'maxQueued' ? 2 : 200 } });
      hooks.status = 0;
      for (let n = 0; n < 5; n += 1) tell(`c${n}`);
      expect(queues.queued()).to.equal(2);
      await queues.settled();
      const dropped = lines.filter(({ text }) => text === 'reports are dropped: the queue is full');
      expect(dropped.map(({ facts }) => facts['limit'])).to.deep.equal([`hooks.${limit}`]);
    });
  }

  it('says once in ten minutes that a webhook keeps refusing, and what is given up, without the path of its URL', async () => {
    const { hooks, tell, clock, lines, queues, outcomes } = await setUp();
    hooks.status = 500;
    tell('a');
    for (let n = 1; queues.queued() > 0; n += 1) {
      await eventually(`the end of attempt ${n}`, () => outcomes.length >= n || queues.queued() === 0);
      await clock.tick(60_000);
    }
    const { origin } = new URL(hooks.url);
    expect(lines.map(({ level, text }) => `${level} ${text}`)).to.deep.equal([
      'warn a webhook keeps refusing; its reports wait',
      'warn a report is given up',
    ]);
    expect(lines.map(({ facts }) => facts['webhook'])).to.deep.equal([origin, origin]);
    expect(JSON.stringify(lines)).not.to.include('/hooks');
  });

  it('drops what an app that is removed was to be told', async () => {
    const { hooks, tell, queues, apps, app, store, run } = await setUp();
    hooks.status = 500;
    tell('a');
    await hooks.next();
    apps.remove(app.id);
    queues.forget(app.id);
    expect(queues.queued()).to.equal(0);
    await eventually('the store is empty', async () => (await store.load()).length === 0);
    await run().load();
    expect(hooks.requests).to.have.length(1);
  });

  it('asks no hook of an app that is off, that has no key left, or whose hooks are gone', async () => {
    for (const change of [{ enabled: false }, { keys: [] }, { hooks: [] }]) {
      const { hooks, app, apps, tell, queues, lines } = await setUp();
      tell('a');
      apps.replace(createApp({ ...app, ...change }));
      await eventually('it is given up', () => queues.queued() === 0);
      expect(hooks.requests).to.have.length(0);
      expect(lines.at(-1)?.text).to.equal('a report is given up');
    }
  });

  it('keeps a report whose hook only nodes with another config know', async () => {
    const { hook, hooks, app, apps, tell, clock, queues, outcomes } = await setUp({ knowsAllApps: false });
    apps.replace(createApp({ ...app, hooks: [] }));
    tell('a');
    await eventually('it was tried', () => outcomes.length === 1);
    expect([outcomes, queues.queued()]).to.deep.equal([['retry'], 1]);
    apps.replace(createApp({ ...app, hooks: [hook] }));
    await clock.tick(1000);
    expect((await hooks.next()).events).to.deep.equal([event('a')]);
  });

  it('leaves what a hook was to be told to another one of its address when there are fewer than there were', async () => {
    const { hooks, app, apps, queues, run } = await setUp();
    const two = ['x', 'y'].map(
      (own): Hook => ({ url: hooks.url, events: [], batch: false, headers: { 'x-own': own } }),
    );
    const both = createApp({ ...app, hooks: two });
    apps.replace(both);
    hooks.status = 500;
    queues.emit(both, both.hooks[1] as Hook, [event('a')]);
    expect((await hooks.next()).headers['x-own']).to.equal('y');
    await queues.drain();
    queues.close();
    apps.replace(createApp({ ...app, hooks: two.slice(0, 1) }));
    await run().load();
    expect((await hooks.next()).headers['x-own']).to.equal('x');
  });

  it('loses no more than the report that could not be stored', async () => {
    let fails = true;
    const wrap = (store: ReportStore): ReportStore => ({
      ...store,
      add: (...report) => (fails ? Promise.reject(new Error('the disk is full')) : store.add(...report)),
    });
    const { hooks, tell, queues, lines } = await setUp({ wrap });
    tell('lost');
    await queues.settled();
    expect([queues.queued(), lines.at(-1)?.text]).to.deep.equal([0, 'a report could not be stored']);
    fails = false;
    tell('kept');
    expect((await hooks.next()).events).to.deep.equal([event('kept')]);
  });

  it('starts no request while it drains, and keeps what comes for the next run', async () => {
    const { hooks, tell, queues, store } = await setUp();
    await queues.drain();
    tell('a');
    await queues.settled();
    expect(await store.load()).to.have.length(1);
    expect(hooks.requests).to.have.length(0);
  });
});
