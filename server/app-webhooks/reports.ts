// Decides which reports apps get about their channels: for which events, on which hooks, and when.
// Not here: how a report reaches its hook (queues.ts).
import type { Clock, Timer } from '../base/clock.ts';
import type { MaybePromise } from '../base/maybe-promise.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { Edge } from '../channel/edges.ts';
import { createBatcher } from './batcher.ts';
import { beginning, type EventReport, ending, hooksFor, type ReportDetails } from './event-report.ts';
import { leaveKey, type PendingLeave, PendingLeaves, type PendingLeavesPorts } from './pending-leaves.ts';

/** How long in ms a leave is held back, so that a user who reloads a page causes no report. */
export const RETURN_MS = 3_000;

/** What {@link createReports} works with. */
export interface ReportsPorts extends PendingLeavesPorts {
  readonly clock: Clock;
  readonly apps: Pick<Apps, 'byId'>;
  /** How long in ms users may take to come back after a crash before their leaves are reported. */
  readonly returnTimeout: number;
  /** Runs a step after the edges that precede it, so that a report about a channel comes before those of its events. */
  afterPendingEdges(step: () => void): void;
  /** Converts an event to the format that the app's hooks expect. */
  format(app: App, event: EventReport, details: ReportDetails): EventReport;
  /** Receives the events that go to one hook in one request. */
  emit(app: App, hook: Hook, events: readonly EventReport[]): void;
}

/** The reports of all apps. */
export interface Reports {
  /** Loads the leaves that the last run did not report. Call it before clients can connect. */
  load(): Promise<void>;
  /** Call it when clients can connect: from now on, the users of the last run may come back. */
  open(): void;
  add(app: App, event: EventReport, details?: ReportDetails): void;
  /** Drops everything about an app that was removed. */
  forget(appId: string): void;
  /** Ends all timers. Resolves when what was added is on its way. */
  close(): MaybePromise<void>;
}

/** The reports of a single node, which sees all edges. */
export interface LocalReports extends Reports {
  edge(edge: Edge): void;
  /** Reports everything that is held back, at once. */
  close(): void;
}

interface Waiting {
  readonly appId: string;
  readonly timer: Timer;
  readonly report: () => void;
}

/** An event for one hook, and what to call when it was passed on. */
interface Report {
  readonly event: EventReport;
  readonly sent: () => void;
}

/** Makes the reports of a single node. */
export function createReports(ports: ReportsPorts): LocalReports {
  const { clock, apps, returnTimeout, afterPendingEdges, format, emit } = ports;
  const pending = new PendingLeaves(ports);
  /** The reports that are held back, in the order in which they are due. */
  const waiting = new Map<string, Waiting>();
  const batcher = createBatcher<Report>(clock, (app, hook, reports) => {
    emit(
      app,
      hook,
      reports.map(({ event }) => event),
    );
    // In the same turn of the event loop, so that the report and the change of its pending leave are durable together.
    for (const { sent } of reports) sent();
  });
  /** Armed while users of the last run may come back; undefined before clients can connect. */
  let returns: Timer;

  function wait(appId: string, key: string, ms: number, report: () => void): void {
    const run = () => {
      waiting.delete(key);
      report();
    };
    waiting.set(key, { appId, timer: clock.setTimeout(run, ms), report });
  }

  /** Drops a report that is held back. Returns whether there was one. */
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

  function reportJoin(app: App, leave: PendingLeave, details: ReportDetails): void {
    const hooks = hooksFor(app, beginning(leave));
    const owe = hooksFor(app, ending(leave)).length > 0 ? pending.owe(leave) : undefined;
    tell(app, hooks, beginning(leave), details, owe);
    // A hook may want only leaves. The leave is then pending although no hook got the join.
    if (hooks.length === 0) owe?.();
  }

  function reportLeave(app: App, leave: PendingLeave): void {
    if (leave.user === '') for (const member of pending.takeMembers(leave)) reportLeave(app, member);
    const hooks = hooksFor(app, ending(leave));
    if (hooks.length > 0) tell(app, hooks, ending(leave), {}, pending.settle(leave, hooks.length));
  }

  function reportAbsent(): void {
    for (const leave of pending.takeAll()) {
      const app = apps.byId(leave.app);
      if (app !== undefined) reportLeave(app, leave);
    }
  }

  return {
    load: () =>
      pending.load((leave) => {
        const app = apps.byId(leave.app);
        if (app === undefined || hooksFor(app, ending(leave)).length === 0) return 'never';
        // Hooks of a disabled app are not called. They get the leave when it is enabled again.
        return app.enabled ? 'now' : 'later';
      }),

    open() {
      returns = clock.setTimeout(reportAbsent, returnTimeout);
    },

    add(app, event, details) {
      if (app.hooks.length === 0) return;
      // One cache miss is enough: the app is about to publish the missing event.
      const key = event.name === 'cache_miss' ? `miss\n${app.id}\n${event.channel}` : undefined;
      if (key !== undefined) {
        if (waiting.has(key)) return;
        wait(app.id, key, RETURN_MS, () => {});
      }
      afterPendingEdges(() => tell(app, hooksFor(app, event), event, details));
    },

    edge(edge) {
      const { app, channel } = edge;
      // The sockets of a removed app close after its removal, when no hook is left.
      if (app.hooks.length === 0 || apps.byId(app.id) === undefined) return;
      const leave = { app: app.id, channel, user: 'userId' in edge ? edge.userId : '' };
      const key = leaveKey(leave);
      switch (edge.type) {
        case 'occupied':
        case 'member_added':
          if (!cancel(key) && !pending.returned(leave))
            reportJoin(app, leave, 'info' in edge ? { info: edge.info } : {});
          break;
        case 'vacated':
        case 'member_removed':
          wait(app.id, key, RETURN_MS, () => reportLeave(app, leave));
      }
    },

    forget(appId) {
      for (const [key, held] of waiting) if (held.appId === appId) cancel(key);
      batcher.forget(appId);
      pending.forget(appId);
    },

    close() {
      // Joins that the batcher holds go out before their leaves.
      batcher.close();
      // If clients could not connect yet, the next run waits for the users of the last one.
      if (returns !== undefined) {
        clock.clearTimeout(returns);
        reportAbsent();
      }
      for (const { timer, report } of waiting.values()) {
        clock.clearTimeout(timer);
        report();
      }
      batcher.close();
    },
  };
}
