// Reports to the servers of apps, and the leaves that are still to be reported, of this process alone.
import { leaveKey, type PendingLeave, type PendingLeaveStore } from '../../app-webhooks/pending-leaves.ts';
import type { NewReport, ReportStore, StoredReport } from '../../app-webhooks/report-store.ts';

/** Makes the leaves of one process. */
export function createLocalLeaves(): PendingLeaveStore {
  const leaves = new Map<string, PendingLeave>();
  return {
    load: async () => [...leaves.values()],
    add: async (leave) => void leaves.set(leaveKey(leave), leave),
    remove: async (leave) => void leaves.delete(leaveKey(leave)),
    async forget(app) {
      for (const [key, leave] of leaves) if (leave.app === app) leaves.delete(key);
    },
  };
}

/** Makes the reports of one process. */
export function createLocalReports(): ReportStore {
  const reports = new Map<number, NewReport>();
  let last = 0;
  const stored = ([seq, { body, ...report }]: [number, NewReport]): StoredReport => ({
    ...report,
    seq,
    bytes: Buffer.byteLength(body),
  });
  return {
    load: async () => [...reports].sort(([one], [other]) => one - other).map(stored),
    body: async (seq) => reports.get(seq)?.body,
    async add(report, place) {
      last += 1;
      reports.set(place ?? last, report);
      return place ?? last;
    },
    remove: async (seq) => void reports.delete(seq),
    async forget(app) {
      for (const [seq, report] of reports) if (report.app === app) reports.delete(seq);
    },
  };
}
