// Stores reports to apps in a table of the message log, so that a report and its pending leave share a transaction.
import type { NewReport, ReportStore, StoredReport } from '../../app-webhooks/report-store.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Statements } from './statements.ts';

type Row = [
  seq: number,
  app: string,
  address: string,
  hook: number,
  request: string,
  channels: string | null,
  acceptedAt: number,
  bytes: number,
];

/** Makes the store of reports in the tables of the log. */
export function createReportStore(group: GroupCommit, statements: Statements): ReportStore {
  function readBody(seq: number): string | undefined {
    const [row] = statements.reportBody.all([seq]) as [string][];
    return row?.[0];
  }

  function toReport([seq, app, address, hook, request, channels, acceptedAt, bytes]: Row): StoredReport {
    // Reports that were migrated from version 3 have their channels only in the body.
    const names = channels === null ? channelsOf(readBody(seq)) : (JSON.parse(channels) as string[]);
    return { seq, app, address, hook, request, channels: names, acceptedAt, bytes };
  }

  function insert(report: NewReport, place: number | null): Promise<number> {
    const { app, address, hook, request, channels, acceptedAt, body } = report;
    return group.add(() => {
      const row = [place, app, address, hook, request, JSON.stringify(channels), acceptedAt, body];
      return Number(statements.addReport.run(row).lastInsertRowid);
    });
  }

  const remove = (seq: number) => group.add(() => void statements.removeReport.run([seq]));

  return {
    news: undefined,
    async load(isMeant = () => true) {
      await group.settled();
      return (statements.reports.all() as Row[]).map(toReport).filter(({ address }) => isMeant(address));
    },
    async body({ seq }) {
      await group.settled();
      return readBody(seq);
    },
    add: (report) => insert(report, null),
    async split({ seq }, parts) {
      // All in one turn of the event loop, so that a crash leaves either the whole report or its parts.
      const adding = parts.map((part) => insert(part, seq));
      const removing = remove(seq);
      const seqs = await Promise.all(adding);
      await removing;
      return seqs;
    },
    remove: ({ seq }) => remove(seq),
    forget: (app) => group.add(() => void statements.forgetReports.run([app])),
  };
}

function channelsOf(body: string | undefined): string[] {
  try {
    const { events } = JSON.parse(body ?? '') as { events: { channel?: string }[] };
    return [...new Set(events.map(({ channel = '' }) => channel))];
  } catch {
    return [];
  }
}
