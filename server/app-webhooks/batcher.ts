// Collects events for hooks that take several in one request.
import type { Clock, Timer } from '../base/clock.ts';
import type { App, Hook } from '../channel/app.ts';

/** How long in ms events are collected for one request. */
export const GATHER_MS = 50;
/** The most events in one request. */
export const MAX_GATHERED = 100;

/** Makes the batcher of one relay. `send` receives the events that go to one hook in one request. */
export function createBatcher<Report>(clock: Clock, send: (app: App, hook: Hook, reports: readonly Report[]) => void) {
  const gathered = new Map<Hook, { readonly app: App; readonly reports: Report[]; readonly timer: Timer }>();

  function flush(hook: Hook): void {
    const batch = gathered.get(hook);
    if (batch === undefined) return;
    clock.clearTimeout(batch.timer);
    gathered.delete(hook);
    send(batch.app, hook, batch.reports);
  }

  return {
    /** Sends an event, at once or together with others for the same hook. */
    add(app: App, hook: Hook, report: Report): void {
      const batch = gathered.get(hook);
      if (!hook.batch) {
        send(app, hook, [report]);
      } else if (batch === undefined) {
        gathered.set(hook, { app, reports: [report], timer: clock.setTimeout(() => flush(hook), GATHER_MS) });
      } else {
        batch.reports.push(report);
        if (batch.reports.length >= MAX_GATHERED) flush(hook);
      }
    },
    /** Drops what is collected for an app. */
    forget(appId: string): void {
      for (const [hook, { app, timer }] of gathered) {
        if (app.id !== appId) continue;
        clock.clearTimeout(timer);
        gathered.delete(hook);
      }
    },
    /** Sends what is collected. */
    close(): void {
      for (const hook of [...gathered.keys()]) flush(hook);
    },
  };
}
