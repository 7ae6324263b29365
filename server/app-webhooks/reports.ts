// What apps are told of their channels: which happenings are reported, to which of an app's hooks, and when.
import type { Clock, Timer } from '../base/clock.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { Edge } from '../channel/edges.ts';
import { createGathering } from './batcher.ts';
import { type Aside, beginning, ending, type Happening, wanting } from './event-report.ts';
import { endKey, type OwedEnd, OwedEnds, type OwedEndsPorts } from './pending-leaves.ts';

/** How long in ms the end of a channel or of a member is kept back: who reloads a page is not reported at all. */
const RETURN_MS = 3_000;

/** What reporting needs. */
export interface ReportsPorts extends OwedEndsPorts {
  readonly clock: Clock;
  readonly apps: Pick<Apps, 'byId'>;
  /** How long in ms whoever was there before a crash may take to come back. */
  readonly returnTimeout: number;
  /** Runs a step behind the edges that belong before it, so that an app hears of a channel before what happens there. */
  afterwards(step: () => void): void;
  /** Says it in the words that the receivers of the app's hooks know. */
  word(app: App, happening: Happening, aside: Aside): Happening;
  /** Takes what goes to one hook in one request. */
  emit(app: App, hook: Hook, happenings: readonly Happening[]): void;
}

/** What happens to the channels of all apps, on its way to the apps' hooks. */
export interface Reports {
  /** Takes up the ends that the last run owed, before anybody can come. */
  load(): Promise<void>;
  /** From now on somebody can come: who was there in the last run is waited for. */
  open(): void;
  edge(edge: Edge): void;
  add(app: App, happening: Happening, aside?: Aside): void;
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
  readonly happening: Happening;
  readonly sent: () => void;
}

/** Makes the reports of one relay. */
export function createReports(ports: ReportsPorts): Reports {
  const { clock, apps, returnTimeout, afterwards, word, emit } = ports;
  const owed = new OwedEnds(ports);
  /** What is kept back, in the order in which it is due. */
  const waiting = new Map<string, Waiting>();
  const gathering = createGathering<Report>(clock, (app, hook, reports) => {
    emit(
      app,
      hook,
      reports.map(({ happening }) => happening),
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

  function tell(app: App, hooks: readonly Hook[], happening: Happening, aside: Aside = {}, sent = () => {}): void {
    if (hooks.length === 0) return;
    const worded = word(app, happening, aside);
    for (const hook of hooks) gathering.add(app, hook, { happening: worded, sent });
  }

  function begin(app: App, end: OwedEnd, aside: Aside): void {
    const hooks = wanting(app, beginning(end));
    const owe = wanting(app, ending(end)).length > 0 ? owed.owe(end) : undefined;
    tell(app, hooks, beginning(end), aside, owe);
    // Who hears of ends alone is owed them, too.
    if (hooks.length === 0) owe?.();
  }

  function finish(app: App, end: OwedEnd): void {
    if (end.user === '') for (const member of owed.takeMembers(end)) finish(app, member);
    const hooks = wanting(app, ending(end));
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
        if (app === undefined || wanting(app, ending(end)).length === 0) return 'never';
        // Hooks of an app that is off hear nothing; it is told once it is on again.
        return app.enabled ? 'now' : 'later';
      }),

    open() {
      returns = clock.setTimeout(finishAbsent, returnTimeout);
    },

    add(app, happening, aside) {
      if (app.hooks.length === 0) return;
      // One is enough while the app is about to publish.
      const key = happening.name === 'cache_miss' ? `miss\n${app.id}\n${happening.channel}` : undefined;
      if (key !== undefined) {
        if (waiting.has(key)) return;
        wait(app.id, key, RETURN_MS, () => {});
      }
      afterwards(() => tell(app, wanting(app, happening), happening, aside));
    },

    edge(edge) {
      const { app, channel } = edge;
      // The sockets of an app that was removed end after it.
      if (app.hooks.length === 0 || apps.byId(app.id) === undefined) return;
      const end = { app: app.id, channel, user: 'userId' in edge ? edge.userId : '' };
      const key = endKey(end);
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
      gathering.forget(appId);
      owed.forget(appId);
    },

    close() {
      // What begins is reported before it ends.
      gathering.close();
      // When nobody could have come back yet, they are left to the next run.
      if (returns !== undefined) {
        clock.clearTimeout(returns);
        finishAbsent();
      }
      for (const { timer, report } of waiting.values()) {
        clock.clearTimeout(timer);
        report();
      }
      gathering.close();
    },
  };
}
