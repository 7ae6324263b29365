// The reports about the channels of one part of the log, which belongs to this node: what is held back, what cancels, and what
// goes out together.
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import { SubscriptionCount } from '../channel/subscription-count.ts';
import { GATHER_MS, MAX_GATHERED } from './batcher.ts';
import type { ChannelNews, LoggedEvent, LogPart } from './event-log.ts';
import { beginning, type EventReport, ending, hooksFor, type ReportDetails } from './event-report.ts';
import { leaveKey } from './pending-leaves.ts';
import type { NewReport } from './report-store.ts';
import { RETURN_MS } from './reports.ts';

/** What a part works with. */
export interface PartPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly apps: Pick<Apps, 'byId'>;
  /** How long in ms subscribers may take to come back when no node was alive. */
  readonly returnTimeout: number;
  knowsAllApps(): Promise<boolean>;
  format(app: App, event: EventReport, details: ReportDetails): EventReport;
  newReport(app: App, hook: Hook, events: readonly EventReport[]): NewReport;
  /** A report was dropped, because its address has too many. */
  onFull(report: NewReport): void;
}

/** An event that goes out next, and the events of the log that it tells. */
interface Due {
  readonly app: string;
  readonly ids: readonly string[];
  /** Undefined if no one is told, so that the events are only deleted. */
  readonly event: EventReport | undefined;
}

/** A leave that is held back. */
interface Held {
  readonly logged: LoggedEvent;
  readonly timer: Timer;
}

/** The counts of a channel that are not reported yet. */
interface Counting {
  readonly app: string;
  readonly count: SubscriptionCount;
  ids: string[];
}

/** With more events than this to report, no further ones are read. */
const MAX_DUE = 1000;

/** Starts to report one part. */
export function openPart(log: LogPart, ports: PartPorts) {
  const { clock, logger, apps, returnTimeout, knowsAllApps, format, newReport, onFull } = ports;
  const held = new Map<string, Held>();
  const counting = new Map<string, Counting>();
  const due: Due[] = [];
  let gathering: Timer;
  let reporting: Promise<void> | undefined;
  let isClosed = false;

  /** What one step reports: of each app, one report for a hook that takes several events, else one for each event. */
  function reportsOf(step: readonly Due[]): NewReport[] {
    return [...new Set(step.map(({ app }) => app))].flatMap((id) => {
      const app = apps.byId(id);
      if (app === undefined) return [];
      const events = step.flatMap((one) => (one.app === id && one.event !== undefined ? [one.event] : []));
      return app.hooks.flatMap((hook) => {
        const wanted = events.filter((event) => hooksFor(app, event).includes(hook));
        const requests = hook.batch && wanted.length > 0 ? [wanted] : wanted.map((event) => [event]);
        return requests.map((request) => newReport(app, hook, request));
      });
    });
  }

  async function reportAll(): Promise<void> {
    while (due.length > 0 && !isClosed) {
      const step = due.splice(0, MAX_GATHERED);
      const answer = await log.report(
        step.flatMap(({ ids }) => ids),
        reportsOf(step),
      );
      if (answer === 'lost') return close();
      for (const report of answer) onFull(report);
    }
  }

  function report(): void {
    clock.clearTimeout(gathering);
    gathering = undefined;
    reporting ??= reportAll()
      .catch((error: unknown) => logger.error({ err: error }, 'a bug in the reports of app webhooks'))
      .finally(() => {
        reporting = undefined;
      });
  }

  /** Reports an event with the next ones, at once if no hook that wants it takes several. */
  function add(next: Due): void {
    due.push(next);
    const { event } = next;
    const app = apps.byId(next.app);
    const gathers = event !== undefined && app !== undefined && hooksFor(app, event).some(({ batch }) => batch);
    if (!gathers || due.length >= MAX_GATHERED) report();
    else gathering ??= clock.setTimeout(report, GATHER_MS);
  }

  const discard = (app: string, ids: readonly string[]) => ids.length > 0 && add({ app, ids, event: undefined });

  function cancel(key: string): Held | undefined {
    const one = held.get(key);
    clock.clearTimeout(one?.timer);
    held.delete(key);
    return one;
  }

  function takeEdge(app: App, logged: LoggedEvent, { type, user, info }: Extract<ChannelNews, { user: string }>): void {
    const { id, channel, age, wasOutage } = logged;
    const leave = { app: app.id, channel, user };
    const key = leaveKey(leave);
    const before = cancel(key);
    if (type === 'occupied' || type === 'member_added') {
      const details = info === undefined ? {} : { info };
      if (before !== undefined) discard(app.id, [before.logged.id, id]);
      else add({ app: app.id, ids: [id], event: format(app, beginning(leave), details) });
      return;
    }
    if (before !== undefined) discard(app.id, [before.logged.id]);
    if (type === 'vacated') stopCounting(key);
    const end = () => {
      held.delete(key);
      add({ app: app.id, ids: [id], event: format(app, ending(leave), {}) });
    };
    const rest = (wasOutage ? returnTimeout : RETURN_MS) - age;
    // Even if the time is over, what follows in the log may cancel it.
    held.set(key, { logged, timer: clock.setTimeout(end, Math.max(0, rest)) });
  }

  function stopCounting(key: string): void {
    const one = counting.get(key);
    one?.count.stop();
    counting.delete(key);
    if (one !== undefined) discard(one.app, one.ids);
  }

  function countOf(app: App, channel: string, key: string): Counting {
    // What reaches the subscribers is their own nodes' business.
    const unheard = { name: channel, kind: { encrypted: true }, send() {} };
    const made: Counting = {
      app: app.id,
      ids: [],
      count: new SubscriptionCount(unheard, clock, (count) => {
        const ids = made.ids.splice(0);
        const event = { name: 'subscription_count', channel, subscription_count: count };
        add({ app: app.id, ids, event: format(app, event, {}) });
      }),
    };
    counting.set(key, made);
    return made;
  }

  function take(logged: LoggedEvent): void {
    const { id, channel, news } = logged;
    const app = apps.byId(logged.app);
    if (app === undefined || app.hooks.length === 0) {
      discard(logged.app, [id]);
      return;
    }
    switch (news.type) {
      case 'event':
        add({ app: app.id, ids: [id], event: news.event });
        break;
      case 'counted': {
        const key = leaveKey({ app: app.id, channel, user: '' });
        const counted = counting.get(key) ?? countOf(app, channel, key);
        counted.ids.push(id);
        counted.count.changed(news.count);
        break;
      }
      default:
        takeEdge(app, logged, news);
    }
  }

  function close(): void {
    isClosed = true;
    clock.clearTimeout(gathering);
    for (const { timer } of held.values()) clock.clearTimeout(timer);
    for (const { count } of counting.values()) count.stop();
  }

  return {
    async take(events: readonly LoggedEvent[]): Promise<void> {
      const knowsAll = events.every(({ app }) => apps.byId(app) !== undefined) || (await knowsAllApps());
      if (isClosed) return;
      for (const logged of events) {
        // A node with another config may know the app. It finds the event when the part is its own: nodes whose config is
        // to change start again.
        if (knowsAll || apps.byId(logged.app) !== undefined) take(logged);
      }
      if (due.length > MAX_DUE) await reporting;
    },
    /** Deletes what an app that was removed was to be told. */
    forget(appId: string): void {
      for (const [key, { logged }] of held) {
        if (logged.app !== appId) continue;
        cancel(key);
        discard(appId, [logged.id]);
      }
      for (const [key, { app }] of counting) if (app === appId) stopCounting(key);
    },
    close,
  };
}
