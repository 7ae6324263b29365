import { expect } from 'chai';
import type { ChannelNews, EventLog, LoggedEvent, LogPart, PartReader } from '../../server/app-webhooks/event-log.ts';
import type { EventReport } from '../../server/app-webhooks/event-report.ts';
import type { NewReport } from '../../server/app-webhooks/report-store.ts';
import { newReport } from '../../server/app-webhooks/request.ts';
import { createSharedReports } from '../../server/app-webhooks/shared-reports.ts';
import { silentLogger } from '../../server/base/logger.ts';
import { createApp, type Hook } from '../../server/channel/app.ts';
import { createApps } from '../../server/channel/apps.ts';
import { fakeClock } from '../support/clock.ts';

const KEYS = [{ key: 'k', secret: 's', active: true }];
const ALL = ['occupied', 'vacated'].map((name) => `channel_${name}`).concat('member_added', 'member_removed');
const hookFor = (events: readonly string[] = ALL, more: Partial<Hook> = {}): Hook => ({
  url: 'http://a/',
  events: [...events],
  batch: false,
  ...more,
});

/** A log with one part, which a test opens and fills. */
function fakeLog() {
  const added: { readonly name: string; readonly quiet: number | undefined }[] = [];
  const left = new Set<string>();
  let open: (part: LogPart) => PartReader = () => {
    throw new Error('nobody reads the log');
  };
  const events: EventLog = {
    async add(_app, _channel, { name }, quiet) {
      added.push({ name, quiet });
      return true;
    },
    onPart: (opener) => {
      open = opener;
    },
  };
  return { events, added, left, open: (part: LogPart) => open(part) };
}

/** One app, and the reports of the part that holds its channels. */
async function setUp(hooks: readonly Hook[], { know = true, agrees = true } = {}) {
  const clock = fakeClock();
  const app = createApp({ id: '1', keys: KEYS, hooks });
  const apps = createApps(know ? [app] : []);
  /** Whether another node has just made the app. */
  let made = !know;
  const { events, added, left, open } = fakeLog();
  const told: string[] = [];
  let answer: 'lost' | 'done' | Promise<'done'> = 'done';
  let full = false;
  let id = 0;
  const wordOf = ({ name, channel, user_id, info, subscription_count }: EventReport) =>
    [name, channel, user_id, info, subscription_count].filter((word) => word !== undefined).join(' ');
  const part: LogPart = {
    async report(ids, reports: readonly NewReport[]) {
      if ((await answer) === 'lost') return 'lost';
      for (const one of ids) left.delete(one);
      for (const { body, hook } of reports) {
        const { events: all } = JSON.parse(body) as { events: EventReport[] };
        told.push(`${hook}: ${all.map(wordOf).join(', ')}`);
      }
      return full ? reports : [];
    },
  };
  const lines: string[] = [];
  const reports = createSharedReports({
    clock,
    logger: { ...silentLogger, warn: (_facts: object, text: string) => void lines.push(text) } as typeof silentLogger,
    apps,
    events,
    returnTimeout: 70_000,
    async knowsAllApps() {
      if (made) apps.add(app);
      made = false;
      return agrees;
    },
    format: (_app, event, { info }) => (info === undefined ? event : { ...event, info }),
    newReport: (owner, hook, all) => newReport(owner, hook, all, clock.now()),
  });
  const reader = open(part);
  const logged = (news: ChannelNews, channel: string, age: number, of = '1'): LoggedEvent => {
    id += 1;
    left.add(String(id));
    return { id: String(id), app: of, channel, news, age, wasOutage: false };
  };
  async function log(...list: LoggedEvent[]) {
    await reader.take(list);
    await clock.tick(0);
  }
  return {
    app,
    apps,
    clock,
    reports,
    reader,
    added,
    lines,
    log,
    logged,
    edge: (type: 'occupied' | 'vacated' | 'member_added' | 'member_removed', channel: string, user = '', age = 0) =>
      logged({ type, user, ...(type === 'member_added' ? { info: 'I' } : {}) }, channel, age),
    /** What was told since the last look. */
    told: () => told.splice(0),
    /** How many events are in the log. */
    left: () => left.size,
    answer(next: typeof answer) {
      answer = next;
    },
    fill() {
      full = true;
    },
  };
}

describe('createSharedReports', () => {
  it('reports joins at once, and leaves once nobody has come back for 3 s', async () => {
    const { log, edge, told, left, clock } = await setUp([hookFor()]);
    await log(edge('occupied', 'presence-a'), edge('member_added', 'presence-a', '7'));
    expect(told()).to.deep.equal(['0: channel_occupied presence-a', '0: member_added presence-a 7 I']);
    await log(edge('member_removed', 'presence-a', '7'), edge('vacated', 'presence-a'));
    await clock.tick(2999);
    expect([told(), left()]).to.deep.equal([[], 2]);
    await clock.tick(1);
    expect(told()).to.deep.equal(['0: member_removed presence-a 7', '0: channel_vacated presence-a']);
    expect(left()).to.equal(0);
  });

  it('reports nothing of those who come back, and deletes both events', async () => {
    const { log, edge, told, left, clock } = await setUp([hookFor()]);
    await log(edge('vacated', 'a'));
    await clock.tick(2000);
    await log(edge('occupied', 'a'));
    await clock.tick(10_000);
    expect([told(), left()]).to.deep.equal([[], 0]);
  });

  it('holds a leave back for what is left of 3 s after a takeover', async () => {
    const { log, edge, told, clock } = await setUp([hookFor()]);
    await log(edge('vacated', 'a', '', 2900), edge('vacated', 'b', '', 60_000), edge('vacated', 'c', '', 60_000), {
      ...edge('occupied', 'c'),
    });
    await clock.tick(0);
    expect(told()).to.deep.equal(['0: channel_vacated b']);
    await clock.tick(100);
    expect(told()).to.deep.equal(['0: channel_vacated a']);
  });

  it('holds leaves back for longer if no node was alive', async () => {
    const { log, edge, told, clock } = await setUp([hookFor()]);
    await log({ ...edge('vacated', 'a'), wasOutage: true }, { ...edge('vacated', 'b', '', 60_000), wasOutage: true });
    await clock.tick(9_999);
    await log(edge('occupied', 'a'));
    expect(told()).to.deep.equal([]);
    await clock.tick(1);
    expect(told()).to.deep.equal(['0: channel_vacated b']);
    await clock.tick(100_000);
    expect(told()).to.deep.equal([]);
  });

  it('tells a hook that takes several what happens within 50 ms in one request, and others each on its own', async () => {
    const { log, edge, told, clock } = await setUp([hookFor(), hookFor(ALL, { batch: true, url: 'http://b/' })]);
    await log(edge('occupied', 'a'));
    expect(told()).to.deep.equal([]);
    await log(edge('occupied', 'b'));
    await clock.tick(50);
    expect(told()).to.deep.equal([
      '0: channel_occupied a',
      '0: channel_occupied b',
      '0: channel_occupied a, channel_occupied b',
    ]);
  });

  it('deletes what no hook wants', async () => {
    const { log, edge, logged, told, left } = await setUp([hookFor(['channel_vacated'])]);
    await log(edge('occupied', 'a'), logged({ type: 'occupied', user: '' }, 'a', 0, 'gone'));
    expect([told(), left()]).to.deep.equal([[], 0]);
  });

  it('learns of an app that another node has just made before it tells that app', async () => {
    const { log, edge, told } = await setUp([hookFor()], { know: false });
    await log(edge('occupied', 'a'));
    expect(told()).to.deep.equal(['0: channel_occupied a']);
  });

  it('leaves an app that it does not know to a node with another config', async () => {
    const { log, edge, logged, told, left } = await setUp([hookFor()], { agrees: false });
    await log(logged({ type: 'occupied', user: '' }, 'a', 0, 'other'), edge('occupied', 'a'));
    expect([told(), left()]).to.deep.equal([['0: channel_occupied a'], 1]);
  });

  it('keeps the order of events while a report is being stored', async () => {
    const { log, edge, logged, told, answer } = await setUp([hookFor([...ALL, 'client_event'])]);
    let store: (done: 'done') => void = () => {};
    answer(
      new Promise((resolve) => {
        store = resolve;
      }),
    );
    await log(edge('occupied', 'a'));
    await log(logged({ type: 'event', event: { name: 'client_event', channel: 'a' } }, 'a', 0));
    await log(edge('occupied', 'b'));
    expect(told()).to.deep.equal([]);
    store('done');
    await log();
    expect(told().map((line) => line.slice(3))).to.deep.equal([
      'channel_occupied a',
      'client_event a',
      'channel_occupied b',
    ]);
  });

  it('reports counts, at most one in 5 s of a channel with more than 100 subscribers', async () => {
    const { log, logged, told, left, clock } = await setUp([hookFor(['subscription_count'])]);
    const counted = (count: number) => logged({ type: 'counted', count }, 'a', 0);
    await log(counted(1), counted(2));
    expect(told()).to.deep.equal(['0: subscription_count a 1', '0: subscription_count a 2']);
    await log(counted(101), counted(102), counted(103));
    expect(told()).to.deep.equal(['0: subscription_count a 101']);
    await clock.tick(5000);
    expect([told(), left()]).to.deep.equal([['0: subscription_count a 103'], 0]);
  });

  it('logs its own events only if a hook wants them, and cache misses once in 3 s', async () => {
    const { reports, app, added } = await setUp([hookFor(['client_event', 'cache_miss'])]);
    for (const name of ['client_event', 'cache_miss', 'server_event']) reports.add(app, { name, channel: 'a' });
    await reports.close();
    expect(added).to.deep.equal([
      { name: 'client_event', quiet: undefined },
      { name: 'cache_miss', quiet: 3000 },
    ]);
  });

  it('deletes what an app that is removed was to be told', async () => {
    const { log, edge, reports, apps, told, left, clock } = await setUp([hookFor()]);
    await log(edge('vacated', 'a'));
    apps.remove('1');
    reports.forget('1');
    await clock.tick(10_000);
    expect([told(), left()]).to.deep.equal([[], 0]);
  });

  it('stops with what it has read when the part goes to another node', async () => {
    const { log, edge, reader, answer, told, left, clock } = await setUp([hookFor()]);
    answer('lost');
    await log(edge('occupied', 'a'));
    answer('done');
    await log(edge('occupied', 'b'), edge('vacated', 'c'));
    reader.lose();
    await clock.tick(10_000);
    expect([told(), left()]).to.deep.equal([[], 3]);
  });

  it('says once that reports are dropped because the queue is full', async () => {
    const { log, edge, fill, lines } = await setUp([hookFor()]);
    fill();
    await log(edge('occupied', 'a'));
    await log(edge('occupied', 'b'));
    expect(lines).to.deep.equal(['reports are dropped: the queue is full']);
  });
});
