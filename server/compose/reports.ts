// Builds what tells apps about their channels: on a single node from its own edges, on one of several from what all of them log.
import type { EventReport, ReportDetails } from '../app-webhooks/event-report.ts';
import type { WebhookQueues } from '../app-webhooks/queues.ts';
import { createReports, type Reports } from '../app-webhooks/reports.ts';
import { newReport } from '../app-webhooks/request.ts';
import { createSharedReports } from '../app-webhooks/shared-reports.ts';
import { toWebman } from '../app-webhooks/webman.ts';
import type { Backend } from '../backends/backend.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App } from '../channel/app.ts';
import type { Config } from '../config/schema.ts';
import type { ChannelSide } from './channels.ts';

/** What the reports need. */
export interface ReportsParts {
  readonly backend: Backend;
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly live: ChannelSide;
  readonly queues: WebhookQueues;
  knowsAllApps(): Promise<boolean>;
}

/** Makes the reports of a relay. */
export function composeReports(parts: ReportsParts): Reports {
  const { apps } = parts.live;
  const reports = createFor(parts);
  apps.onChange((id, changed) => {
    if (changed !== undefined) return;
    reports.forget(id);
    parts.queues.forget(id);
  });
  return reports;
}

function createFor({ backend, config, clock, logger, live, queues, knowsAllApps }: ReportsParts): Reports {
  const { apps, channels } = live;
  const { appEvents, pendingLeaves } = backend;
  const format = (app: App, event: EventReport, details: ReportDetails) =>
    app.webman ? toWebman(app, event, details, clock.now()) : event;
  if (appEvents !== undefined) {
    return createSharedReports({
      clock,
      logger,
      apps,
      events: appEvents,
      returnTimeout: config.websocket.returnTimeout,
      knowsAllApps,
      format,
      newReport: (app, hook, events) => newReport(app, hook, events, clock.now()),
    });
  }
  if (pendingLeaves === undefined) throw new Error('the backend keeps neither events nor pending leaves');
  const reports = createReports({
    clock,
    logger,
    apps,
    store: pendingLeaves,
    returnTimeout: config.websocket.returnTimeout,
    afterPendingEdges: channels.afterPendingEdges,
    format,
    emit: queues.emit,
  });
  channels.onEdge(reports.edge);
  channels.onCount((app, channel, count) =>
    reports.add(app, { name: 'subscription_count', channel, subscription_count: count }),
  );
  return reports;
}
