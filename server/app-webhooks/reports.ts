// What apps are told of their channels: which events are reported, to which of an app's hooks, and when.
import type { Clock, Timer } from '../base/clock.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { Edge } from '../channel/edges.ts';
import { createBatcher } from './batcher.ts';
import { beginning, type EventReport, ending, hooksFor, type ReportDetails } from './event-report.ts';
import { leaveKey, type PendingLeave, PendingLeaves, type PendingLeavesPorts } from './pending-leaves.ts';

/** How long in ms the end of a channel or of a member is kept back: who reloads a page is not reported at all. */
const RETURN_MS = 3_000;

/** What reporting needs. */
export interface ReportsPorts extends PendingLeavesPorts {
  readonly clock: Clock;
  readonly apps: Pick<Apps, 'byId'>;
  /** How long in ms whoever was there before a crash may take to come back. */
  readonly returnTimeout: number;
  /** Runs a step behind the edges that belong before it, so that an app hears of a channel before what happens there. */
  afterPendingEdges(step: () => void): void;
  /** Says it in the words that the receivers of the app's hooks know. */
  format(app: App, event: EventReport, details: ReportDetails): EventReport;
  /** Takes what goes to one hook in one request. */
  emit(app: App, hook: Hook, events: readonly EventReport[]): void;
}

/** What happens to the channels of all apps, on its way to the apps' hooks. */
export interface Reports {
  /** Takes up the ends that the last run owed, before anybody can come. */
  load(): Promise<void>;
  /** From now on somebody can come: who was there in the last run is waited for. */
  open(): void;
  edge(edge: Edge): void;
  add(app: App, event: EventReport, details?: ReportDetails): void;
  /** Drops everything about an app that was removed. */
  forget(appId: string): void;
  /** Reports at once whatever is kept back. */
  close(): void;
}

interface Waiting {
  readonly appId: string;
  readonly timer: Timer;
  readonly report: () => void;
}

/** What goes to one hook, and what follows when it does. */
interface Report {
  readonly event: EventReport;
  readonly sent: () => void;
}

/** Makes the reports of one relay. */
export function createReports(ports: ReportsPorts): Reports {
  const { clock, apps, returnTimeout, afterPendingEdges, format, emit } = ports;
  const owed = new PendingLeaves(ports);
  /** What is kept back, in the order in which it is due. */
  const waiting = new Map<string, Waiting>();
  const batcher = createBatcher<Report>(clock, (app, hook, reports) => {
    emit(
      app,
      hook,
      reports.map(({ event }) => event),
    );
    // In the same turn, so that the report and what is owed for it are durable together.
    for (const { sent } of reports) sent();
  });
  /** When nobody of the last run is waited for any more; undefined before anybody could come. */
  let returns: Timer;

  function wait(appId: string, key: string, ms: number, report: () => void): void {
    const run = () => {
      waiting.delete(key);
      report();
    };
    waiting.set(key, { appId, timer: clock.setTimeout(run, ms), report });
  }

  /** True when there was something to take back. */
  function cancel(key: string): boolean {
    clock.clearTimeout(waiting.get(key)?.timer);
    return waiting.delete(key);
  }

  function tell(
    app: App,
    hooks: readonly Hook[],
    event: EventReport,
    details: ReportDetails = {},
    sent = () => {},
  ): void {
    if (hooks.length === 0) return;
    const formatted = format(app, event, details);
    for (const hook of hooks) batcher.add(app, hook, { event: formatted, sent });
  }

  function begin(app: App, end: PendingLeave, details: ReportDetails): void {
    const hooks = hooksFor(app, beginning(end));
    const owe = hooksFor(app, ending(end)).length > 0 ? owed.owe(end) : undefined;
    tell(app, hooks, beginning(end), details, owe);
    // Who hears of ends alone is owed them, too.
    if (hooks.length === 0) owe?.();
  }

  function finish(app: App, end: PendingLeave): void {
    if (end.user === '') for (const member of owed.takeMembers(end)) finish(app, member);
    const hooks = hooksFor(app, ending(end));
    if (hooks.length > 0) tell(app, hooks, ending(end), {}, owed.settle(end, hooks.length));
  }

  function finishAbsent(): void {
    for (const end of owed.takeAll()) {
      const app = apps.byId(end.app);
      if (app !== undefined) finish(app, end);
    }
  }

  return {
    load: () =>
      owed.load((end) => {
        const app = apps.byId(end.app);
        if (app === undefined || hooksFor(app, ending(end)).length === 0) return 'never';
        // Hooks of an app that is off hear nothing; it is told once it is on again.
        return app.enabled ? 'now' : 'later';
      }),

    open() {
      returns = clock.setTimeout(finishAbsent, returnTimeout);
    },

    add(app, event, details) {
      if (app.hooks.length === 0) return;
      // One is enough while the app is about to publish.
      const key = event.name === 'cache_miss' ? `miss\n${app.id}\n${event.channel}` : undefined;
      if (key !== undefined) {
        if (waiting.has(key)) return;
        wait(app.id, key, RETURN_MS, () => {});
      }
      afterPendingEdges(() => tell(app, hooksFor(app, event), event, details));
    },

    edge(edge) {
      const { app, channel } = edge;
      // The sockets of an app that was removed end after it.
      if (app.hooks.length === 0 || apps.byId(app.id) === undefined) return;
      const end = { app: app.id, channel, user: 'userId' in edge ? edge.userId : '' };
      const key = leaveKey(end);
      switch (edge.type) {
        case 'occupied':
        case 'member_added':
          if (!cancel(key) && !owed.returned(end)) begin(app, end, 'info' in edge ? { info: edge.info } : {});
          break;
        case 'vacated':
        case 'member_removed':
          wait(app.id, key, RETURN_MS, () => finish(app, end));
      }
    },

    forget(appId) {
      for (const [key, one] of waiting) if (one.appId === appId) cancel(key);
      batcher.forget(appId);
      owed.forget(appId);
    },

    close() {
      // What begins is reported before it ends.
      batcher.close();
      // When nobody could have come back yet, they are left to the next run.
      if (returns !== undefined) {
        clock.clearTimeout(returns);
        finishAbsent();
      }
      for (const { timer, report } of waiting.values()) {
        clock.clearTimeout(timer);
        report();
      }
      batcher.close();
    },
  };
}
