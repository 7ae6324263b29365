import { expect } from 'chai';
import type { PendingLeaveStore } from '../../server/app-webhooks/pending-leaves.ts';
import { createReports } from '../../server/app-webhooks/reports.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createApp, type Hook } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import { fakeClock } from '../channel/fixtures.ts';
import { openBackend, turn } from '../delivery/fixtures.ts';

const RETURN = 70_000;
const KEYS = [{ key: 'k', secret: 's', active: true }];
const hookFor = (events: string, more: Partial<Hook> = {}): Hook => ({
  url: 'http://a/',
  events: events.split(' '),
  batch: false,
  ...more,
});
const ENDS = 'channel_occupied channel_vacated member_added member_removed';
const NOWHERE: PendingLeaveStore = {
  load: async () => [],
  add: async () => {},
  remove: async () => {},
  forget: async () => {},
};

/** An app with these hooks, its reports, and what its hooks were told: of each request, what happened to whom. */
function setUp(hooks: readonly Hook[], store = NOWHERE, requests: string[] = [], logger = silentLogger) {
  const { time, clock } = fakeClock();
  const app = createApp({ id: 'a', keys: KEYS, hooks });
  const apps = createApps([app]);
  const reports = createReports({
    clock,
    apps,
    store,
    logger,
    returnTimeout: RETURN,
    afterPendingEdges: (step) => step(),
    format: (_app, event) => event,
    emit(_app, hook, events) {
      const words = events.map(({ name, channel, user_id }) =>
        [name.split('_')[1], channel, user_id ?? []].flat().join(' '),
      );
      requests.push(`${_app.hooks.indexOf(hook)}: ${words.join(', ')}`);
    },
  });
  apps.onChange((id, changed) => changed ?? reports.forget(id));
  return {
    app,
    apps,
    reports,
    time,
    requests,
    /** What was told since the last time. */
    told: () => requests.splice(0),
    come: (channel: string, userId?: string) =>
      reports.edge(
        userId === undefined ? { type: 'occupied', app, channel } : { type: 'member_added', app, channel, userId },
      ),
    go: (channel: string, userId?: string) =>
      reports.edge(
        userId === undefined ? { type: 'vacated', app, channel } : { type: 'member_removed', app, channel, userId },
      ),
  };
}

/** A relay of which each run ends without a format, on a store that is real. */
async function crashing(hooks: readonly Hook[] = [hookFor(ENDS)]) {
  const { pendingLeaves } = await openBackend();
  return {
    pendingLeaves,
    /** `channel user` of each end that is owed. */
    owed: async () => (await pendingLeaves.load()).map(({ channel, user }) => `${channel} ${user}`.trim()).sort(),
    /** The next run; the one before it is heard of no more. */
    async run(those = hooks) {
      const made = setUp(those, pendingLeaves);
      await made.reports.load();
      made.reports.open();
      return made;
    },
  };
}

describe('cache_miss', () => {
  it('is reported once in three seconds for each channel of each app', () => {
    const { app, reports, told, time } = setUp([hookFor('cache_miss')]);
    const miss = (channel: string, of = app) => reports.add(of, { name: 'cache_miss', channel });
    miss('cache-a');
    miss('cache-a');
    miss('cache-b');
    miss('cache-a', createApp({ ...app, id: 'b' }));
    expect(told()).to.deep.equal(['0: miss cache-a', '0: miss cache-b', '0: miss cache-a']);
    time.tick(2_999);
    miss('cache-a');
    expect(told()).to.deep.equal([]);
    time.tick(1);
    miss('cache-a');
    expect(told()).to.deep.equal(['0: miss cache-a']);
  });
});

describe('what is gathered', () => {
  it('waits its own 50 ms, also when it follows a request that was full', () => {
    const { come, requests, time } = setUp([hookFor('channel_occupied', { batch: true })]);
    for (let n = 0; n < 99; n += 1) come('a');
    time.tick(30);
    come('a');
    come('late');
    expect(requests).to.have.length(1);
    time.tick(49);
    expect(requests).to.have.length(1);
    time.tick(1);
    expect(requests[1]).to.equal('0: occupied late');
    time.tick(1_000);
    expect(requests).to.have.length(2);
  });
});

describe('an app that is removed', () => {
  const HOOKS = [hookFor(ENDS), hookFor('member_added', { batch: true })];

  it('leaves nothing to the next one of its id', async () => {
    const { run, owed } = await crashing(HOOKS);
    await (await run()).come('presence-a');
    const { app, apps, reports, come, go, told, time } = await run();
    come('presence-b');
    come('presence-b', '7');
    go('presence-b');
    come('presence-c');
    told();
    apps.remove('a');
    go('presence-c');
    expect(await owed()).to.deep.equal([]);
    apps.add(app);
    for (const channel of ['presence-a', 'presence-b', 'presence-c']) come(channel);
    const again = ['0: occupied presence-a', '0: occupied presence-b', '0: occupied presence-c'];
    expect(told()).to.deep.equal(again);
    time.tick(2 * RETURN);
    reports.close();
    expect(told()).to.deep.equal([]);
    expect(await owed()).to.deep.equal(['presence-a', 'presence-b', 'presence-c']);
  });

  it('takes nothing of another one with it', async () => {
    const { run, owed, pendingLeaves } = await crashing(HOOKS);
    const other = createApp({ id: 'ab', keys: [{ key: 'l', secret: 's', active: true }], hooks: [...HOOKS] });
    const first = await run();
    first.apps.add(other);
    const of = { app: other, channel: 'presence-a' };
    for (const userId of ['7', '8', '9']) first.reports.edge({ type: 'member_added', ...of, userId });
    const { apps, reports, requests, time } = setUp(HOOKS, pendingLeaves);
    apps.add(other);
    await reports.load();
    reports.open();
    reports.edge({ type: 'member_added', ...of, userId: '7' });
    reports.edge({ type: 'member_removed', ...of, userId: '7' });
    reports.edge({ type: 'member_added', ...of, userId: '1' });
    apps.remove('a');
    time.tick(50);
    expect(requests.splice(0)).to.deep.equal(['0: added presence-a 1', '1: added presence-a 1']);
    time.tick(3_000);
    expect(requests.splice(0)).to.deep.equal(['0: removed presence-a 7']);
    time.tick(RETURN);
    expect(requests.sort()).to.deep.equal(['0: removed presence-a 8', '0: removed presence-a 9']);
    expect(await owed()).to.deep.equal(['presence-a 1']);
  });

  it('leaves no timer', () => {
    const { apps, come, go, time } = setUp(HOOKS);
    come('presence-a', '7');
    go('presence-b');
    apps.remove('a');
    expect(time.countTimers()).to.equal(0);
  });
});

describe('what is owed', () => {
  it('is the end of what an app was told of, until it is told that too', async () => {
    const { run, owed } = await crashing();
    const { come, go, time } = await run();
    come('presence-a');
    come('presence-a', '7');
    come('b');
    expect(await owed()).to.deep.equal(['b', 'presence-a', 'presence-a 7']);
    go('presence-a', '7');
    go('b');
    time.tick(2_999);
    expect(await owed()).to.deep.equal(['b', 'presence-a', 'presence-a 7']);
    time.tick(1);
    expect(await owed()).to.deep.equal(['presence-a']);
  });

  it('is what a hook wants to hear, and nothing where none does', async () => {
    const { run, owed } = await crashing([
      hookFor('channel_occupied member_added client_event'),
      hookFor('channel_vacated', { filter: { prefix: 'presence-' } }),
    ]);
    const { come, go, told, time } = await run();
    for (const channel of ['presence-a', 'b']) come(channel);
    come('presence-a', '7');
    expect(told()).to.deep.equal(['0: occupied presence-a', '0: occupied b', '0: added presence-a 7']);
    expect(await owed()).to.deep.equal(['presence-a']);
    go('presence-a');
    time.tick(3_000);
    expect(told()).to.deep.equal(['1: vacated presence-a']);
    expect(await owed()).to.deep.equal([]);
  });

  it('is nothing before a hook that gathers is told, and all until the last one is told', async () => {
    const { run, owed } = await crashing([hookFor(ENDS, { batch: true })]);
    const batcher = await run();
    batcher.come('a');
    expect(await owed()).to.deep.equal([]);
    batcher.time.tick(50);
    expect(await owed()).to.deep.equal(['a']);
    batcher.go('a');
    batcher.time.tick(3_049);
    expect(await owed()).to.deep.equal(['a']);
    batcher.time.tick(1);
    expect(await owed()).to.deep.equal([]);

    const mixed = await run([hookFor(ENDS), hookFor(ENDS, { batch: true })]);
    mixed.come('a');
    expect(await owed()).to.deep.equal(['a']);
    mixed.go('a');
    mixed.time.tick(3_000);
    expect(mixed.told()).to.deep.equal(['0: occupied a', '1: occupied a', '0: vacated a']);
    expect(await owed()).to.deep.equal(['a']);
    mixed.time.tick(50);
    expect(mixed.told()).to.deep.equal(['1: vacated a']);
    expect(await owed()).to.deep.equal([]);
  });

  it('is owed anew by what begins while its end is on the way', async () => {
    const { run, owed } = await crashing([hookFor(ENDS), hookFor('channel_vacated', { batch: true })]);
    const { come, go, told, time, reports } = await run();
    come('a');
    go('a');
    time.tick(3_010);
    come('a');
    time.tick(40);
    expect(told()).to.deep.equal(['0: occupied a', '0: vacated a', '0: occupied a', '1: vacated a']);
    expect(await owed()).to.deep.equal(['a']);
    go('a');
    time.tick(3_010);
    come('a');
    go('a');
    reports.close();
    const last = ['0: vacated a', '0: occupied a', '1: vacated a', '0: vacated a', '1: vacated a'];
    expect(told()).to.deep.equal(last);
    expect(await owed()).to.deep.equal([]);
  });

  it('is nothing after an orderly end', async () => {
    const { run, owed } = await crashing([hookFor(ENDS, { batch: true })]);
    const { come, go, told, reports } = await run();
    come('presence-a');
    come('presence-a', '7');
    go('presence-a', '7');
    go('presence-a');
    reports.close();
    expect(told()).to.deep.equal([
      '0: occupied presence-a, added presence-a 7',
      '0: removed presence-a 7, vacated presence-a',
    ]);
    expect(await owed()).to.deep.equal([]);
  });

  it('is nothing after an orderly end also where another hook hears of ends than of beginnings', async () => {
    const { run, owed } = await crashing([hookFor('channel_vacated'), hookFor('channel_occupied', { batch: true })]);
    const { come, go, told, reports, time } = await run();
    come('a');
    go('a');
    reports.close();
    expect(told()).to.deep.equal(['1: occupied a', '0: vacated a']);
    expect(await owed()).to.deep.equal([]);
    expect(time.countTimers()).to.equal(0);
  });

  it('is what a hook hears that hears of ends alone', async () => {
    const { run, owed } = await crashing([hookFor('channel_vacated')]);
    (await run()).come('a');
    expect(await owed()).to.deep.equal(['a']);
    const { told, time } = await run();
    time.tick(RETURN);
    expect(told()).to.deep.equal(['0: vacated a']);
    expect(await owed()).to.deep.equal([]);
  });

  it('is kept and taken out in the turn of the report, so that a crash cannot part them', () => {
    const steps: string[] = [];
    const note = (what: string) => async () => void steps.push(what);
    const store = { ...NOWHERE, add: note('add'), remove: note('remove') };
    const { come, go, time } = setUp([hookFor(ENDS, { batch: true })], store, steps);
    come('a');
    time.tick(50);
    expect(steps.splice(0)).to.deep.equal(['0: occupied a', 'add']);
    go('a');
    time.tick(3_050);
    expect(steps).to.deep.equal(['0: vacated a', 'remove']);
  });
});

describe('what cannot be kept', () => {
  it('is told nevertheless, and logged', async () => {
    const fails = () => Promise.reject(new Error('the disk is full'));
    const lines: unknown[] = [];
    const logger = { ...silentLogger, error: (_facts: object, text: string) => void lines.push(text) };
    const store = { load: async () => [], add: fails, remove: fails, forget: fails };
    const { apps, come, go, told, time } = setUp([hookFor(ENDS)], store, [], logger);
    come('a');
    go('a');
    time.tick(3_000);
    apps.remove('a');
    expect(told()).to.deep.equal(['0: occupied a', '0: vacated a']);
    await turn();
    expect(lines).to.deep.equal(Array.from({ length: 3 }, () => 'a pending leave could not be stored'));
  });
});

describe('after a crash', () => {
  it('an app is told who does not come back in time, members first', async () => {
    const { run, owed } = await crashing();
    const first = await run();
    for (const channel of ['presence-a', 'b']) first.come(channel);
    for (const user of ['7', '8']) first.come('presence-a', user);
    // Kept back when it crashes.
    first.go('b');
    const { told, time } = await run();
    time.tick(RETURN - 1);
    expect(told()).to.deep.equal([]);
    time.tick(1);
    const all = told();
    expect(all.filter((line) => line.includes('presence-a')).at(-1)).to.equal('0: vacated presence-a');
    const ends = ['0: removed presence-a 7', '0: removed presence-a 8', '0: vacated b', '0: vacated presence-a'];
    expect(all.sort()).to.deep.equal(ends);
    expect(await owed()).to.deep.equal([]);
    time.tick(RETURN);
    expect(told()).to.deep.equal([]);
  });

  it('an app hears neither of who comes back in time, and of the next end as ever', async () => {
    const { run, owed } = await crashing();
    const first = await run();
    first.come('presence-a');
    first.come('presence-a', '7');
    const { come, go, told, time } = await run();
    time.tick(RETURN - 1);
    come('presence-a');
    come('presence-a', '7');
    time.tick(RETURN);
    expect(told()).to.deep.equal([]);
    expect(await owed()).to.deep.equal(['presence-a', 'presence-a 7']);
    go('presence-a', '7');
    go('presence-a');
    time.tick(3_000);
    expect(told()).to.deep.equal(['0: removed presence-a 7', '0: vacated presence-a']);
    expect(await owed()).to.deep.equal([]);
  });

  it('who is still absent is reported before the end of a channel that somebody else came back to', async () => {
    const { run } = await crashing();
    const first = await run();
    first.come('presence-a');
    for (const user of ['7', '8']) first.come('presence-a', user);
    const { come, go, told, time } = await run();
    come('presence-a');
    come('presence-a', '7');
    go('presence-a', '7');
    go('presence-a');
    time.tick(3_000);
    expect(told()).to.deep.equal(['0: removed presence-a 7', '0: removed presence-a 8', '0: vacated presence-a']);
    time.tick(RETURN);
    expect(told()).to.deep.equal([]);
  });

  it('another one loses nothing and repeats nothing', async () => {
    const { run, owed } = await crashing();
    const first = await run();
    for (const channel of ['a', 'b', 'c']) first.come(channel);
    const second = await run();
    second.come('b');
    second.come('c');
    second.go('c');
    second.time.tick(3_000);
    expect(second.told()).to.deep.equal(['0: vacated c']);
    const third = await run();
    third.time.tick(RETURN);
    expect(third.told().sort()).to.deep.equal(['0: vacated a', '0: vacated b']);
    expect(await owed()).to.deep.equal([]);
  });

  it('an orderly end waits for nobody', async () => {
    const { run, owed } = await crashing();
    const first = await run();
    first.come('presence-a');
    first.come('presence-a', '7');
    const { reports, told, time } = await run();
    reports.close();
    expect(told()).to.deep.equal(['0: removed presence-a 7', '0: vacated presence-a']);
    expect(await owed()).to.deep.equal([]);
    time.tick(RETURN);
    expect(told()).to.deep.equal([]);
  });

  it('a start that fails leaves everything to the next one', async () => {
    const { run, owed, pendingLeaves } = await crashing();
    (await run()).come('a');
    const failed = setUp([hookFor(ENDS)], pendingLeaves);
    await failed.reports.load();
    failed.reports.close();
    expect(failed.told()).to.deep.equal([]);
    expect(await owed()).to.deep.equal(['a']);
  });

  it('what no hook wants to hear any more is forgotten', async () => {
    const { run, owed, pendingLeaves } = await crashing();
    const first = await run();
    for (const channel of ['a', 'b']) first.come(channel);
    await pendingLeaves.add({ app: 'gone', channel: 'a', user: '' });
    const { told, time } = await run([hookFor(ENDS, { filter: { suffix: 'b' } })]);
    expect(await owed()).to.deep.equal(['b']);
    time.tick(RETURN);
    expect(told()).to.deep.equal(['0: vacated b']);
  });

  it('an app that is off is told once it is on again', async () => {
    const { run, owed, pendingLeaves } = await crashing();
    (await run()).come('a');
    const off = setUp([hookFor(ENDS)], pendingLeaves);
    off.apps.replace(createApp({ ...off.app, enabled: false }));
    await off.reports.load();
    off.reports.open();
    off.time.tick(RETURN);
    off.reports.close();
    expect(off.told()).to.deep.equal([]);
    expect(await owed()).to.deep.equal(['a']);
    const { told, time } = await run();
    time.tick(RETURN);
    expect(told()).to.deep.equal(['0: vacated a']);
  });

  it('an app hears of the ends in its state of then', async () => {
    const { run } = await crashing();
    (await run()).come('a');
    const { app, apps, told, time } = await run();
    apps.replace(createApp({ ...app, hooks: [hookFor('client_event'), ...app.hooks] }));
    time.tick(RETURN);
    expect(told()).to.deep.equal(['1: vacated a']);
  });
});
