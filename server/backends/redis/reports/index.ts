// What apps are told, in Redis: the events, and the reports that wait for the addresses of hooks.
import type { EventLog } from '../../../app-webhooks/event-log.ts';
import type { ReportStore } from '../../../app-webhooks/report-store.ts';
import { createEventLog } from './event-log.ts';
import type { RedisReportsPorts } from './ports.ts';
import { createReportStore } from './report-store.ts';

/** The stores of one node. */
export interface RedisReports {
  readonly appReports: ReportStore;
  readonly appEvents: EventLog;
  /** Nothing is tried again. Call it before the connection is closed. */
  close(): void;
}

/** Makes the stores of one node. */
export function createRedisReports(ports: RedisReportsPorts): RedisReports {
  let isClosed = false;
  return {
    appReports: createReportStore(ports, () => isClosed),
    appEvents: createEventLog(ports, () => isClosed),
    close() {
      isClosed = true;
    },
  };
}
