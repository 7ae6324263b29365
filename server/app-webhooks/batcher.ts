// Reports on their way to hooks: what goes to one that takes several in one request is gathered a while.
import type { Clock, Timer } from '../base/clock.ts';
import type { App, Hook } from '../channel/app.ts';

/** How long in ms reports are gathered for one request, and how many that may be. */
const GATHER_MS = 50;
const MAX_GATHERED = 100;

/** Makes the batcher of one relay; `send` takes what goes to one hook in one request. */
export function createBatcher<Report>(clock: Clock, send: (app: App, hook: Hook, reports: readonly Report[]) => void) {
  const gathered = new Map<Hook, { readonly app: App; readonly reports: Report[]; readonly timer: Timer }>();

  function flush(hook: Hook): void {
    const one = gathered.get(hook);
    if (one === undefined) return;
    clock.clearTimeout(one.timer);
    gathered.delete(hook);
    send(one.app, hook, one.reports);
  }

  return {
    /** Sends it, at once or with others of the hook. */
    add(app: App, hook: Hook, report: Report): void {
      const before = gathered.get(hook);
      if (!hook.batch) {
        send(app, hook, [report]);
      } else if (before === undefined) {
        gathered.set(hook, { app, reports: [report], timer: clock.setTimeout(() => flush(hook), GATHER_MS) });
      } else {
        before.reports.push(report);
        if (before.reports.length >= MAX_GATHERED) flush(hook);
      }
    },
    /** Drops what is gathered for an app. */
    forget(appId: string): void {
      for (const [hook, { app, timer }] of gathered) {
        if (app.id !== appId) continue;
        clock.clearTimeout(timer);
        gathered.delete(hook);
      }
    },
    /** Sends what is gathered. */
    close(): void {
      for (const hook of [...gathered.keys()]) flush(hook);
    },
  };
}
