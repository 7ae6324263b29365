// The reports of one of several nodes. What happens on any node is in a log, and the owner of a channel tells the app, so that
// it is told once. Not here: how a report reaches its hook (queues.ts).
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App, Hook } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { EventLog } from './event-log.ts';
import { type EventReport, hooksFor, type ReportDetails } from './event-report.ts';
import { openPart, type PartPorts } from './part-reports.ts';
import type { NewReport } from './report-store.ts';
import { RETURN_MS, type Reports } from './reports.ts';

/** What {@link createSharedReports} works with. */
export interface SharedReportsPorts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly apps: Pick<Apps, 'byId'>;
  readonly events: EventLog;
  /** How long in ms subscribers may take to come back when no node was alive. */
  readonly returnTimeout: number;
  /**
   * Resolves when this node knows every app that another node has made so far; to false if another node has another config,
   * which may have apps that this one does not know.
   */
  knowsAllApps(): Promise<boolean>;
  /** Converts an event to the format that the app's hooks expect. */
  format(app: App, event: EventReport, details: ReportDetails): EventReport;
  /** Makes the report that tells one hook of an app about these events. */
  newReport(app: App, hook: Hook, events: readonly EventReport[]): NewReport;
}

/** Least time in ms between two log lines about reports that are dropped. */
const LOG_INTERVAL = 600_000;

/** Makes the reports of one of several nodes. */
export function createSharedReports(ports: SharedReportsPorts): Reports {
  const { clock, logger, events, format } = ports;
  const parts = new Set<ReturnType<typeof openPart>>();
  const adding = new Set<Promise<unknown>>();
  let dropLogged = Number.NEGATIVE_INFINITY;

  function noteDrop(facts: object): void {
    if (clock.monotonic() - dropLogged < LOG_INTERVAL) return;
    dropLogged = clock.monotonic();
    logger.warn(facts, 'reports are dropped: the queue is full');
  }

  const partPorts: PartPorts = { ...ports, onFull: ({ app }) => noteDrop({ app }) };
  events.onPart((log) => {
    const part = openPart(log, partPorts);
    parts.add(part);
    return {
      take: part.take,
      lose() {
        parts.delete(part);
        part.close();
      },
    };
  });

  async function log(app: App, event: EventReport): Promise<void> {
    try {
      // One cache miss is enough: the app is about to publish the missing event.
      const quiet = event.name === 'cache_miss' ? RETURN_MS : undefined;
      if (!(await events.add(app.id, event.channel ?? '', event, quiet))) noteDrop({ app: app.id });
    } catch (error) {
      logger.error({ err: error, app: app.id, event: event.name }, 'an event could not be stored for its report');
    }
  }

  return {
    async load() {},
    open() {},
    add(app, event, details = {}) {
      if (hooksFor(app, event).length === 0) return;
      const added = log(app, format(app, event, details)).finally(() => adding.delete(added));
      adding.add(added);
    },
    forget(appId) {
      for (const part of parts) part.forget(appId);
    },
    async close() {
      for (const part of parts) part.close();
      await Promise.all(adding);
    },
  };
}
