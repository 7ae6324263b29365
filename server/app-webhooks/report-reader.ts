// Reads the reports of the addresses that this node sends to, although several nodes may add them.
import type { Ownership } from '../delivery/ports.ts';
import type { ReportNews, ReportStore, StoredReport } from './report-store.ts';

/** What a reader works with. */
export interface ReportReaderPorts {
  readonly store: ReportStore;
  readonly ownership: Ownership;
  queue(report: StoredReport, body?: string): void;
  isClosed(): boolean;
}

/** Makes the reader of one relay. It reads every report once, each address in its order. */
export function createReportReader({ store, ownership, queue, isClosed }: ReportReaderPorts) {
  /** The last report of each address that is queued. */
  const last = new Map<string, number>();
  /** Addresses that will be read. */
  const waiting = new Set<string>();
  /** Counts how often addresses went to other nodes. What is being read then may be theirs, so it is read again. */
  let losses = 0;
  /** Reads go one after the other, so that nothing is read twice. */
  let reading: Promise<unknown> = Promise.resolve();

  function inTurn(read: () => Promise<void>): Promise<void> {
    const done = reading.then(read);
    reading = done.catch(() => undefined);
    return done;
  }

  async function readOn(news: ReportNews, address: string): Promise<void> {
    for (;;) {
      const before = losses;
      const page = ownership.owns(address) ? await news.after(address, last.get(address) ?? 0) : [];
      if (losses !== before) continue;
      if (page.length === 0 || isClosed()) return;
      for (const { report, body } of page) {
        last.set(address, report.seq);
        queue(report, body);
      }
    }
  }

  return {
    /** Reads everything of these addresses that is not queued yet. */
    load: (isMeant: (address: string) => boolean): Promise<void> =>
      inTurn(async () => {
        let reports: StoredReport[];
        let before: number;
        do {
          before = losses;
          reports = await store.load((address) => isMeant(address) && ownership.owns(address));
        } while (losses !== before);
        if (isClosed()) return;
        const isNew = (address: string) => !last.has(address);
        const fresh = new Set(reports.map(({ address }) => address).filter(isNew));
        for (const report of reports) {
          if (!fresh.has(report.address)) continue;
          last.set(report.address, Math.max(report.seq, last.get(report.address) ?? 0));
          queue(report);
        }
      }),
    /** Reads what is new at an address. */
    async follow(address: string): Promise<void> {
      const { news } = store;
      if (news === undefined || waiting.has(address)) return;
      waiting.add(address);
      await inTurn(() => {
        waiting.delete(address);
        return readOn(news, address);
      });
    },
    /** Forgets what was read of addresses that go to another node. */
    lose(isLost: (address: string) => boolean): void {
      losses += 1;
      for (const address of last.keys()) if (isLost(address)) last.delete(address);
    },
  };
}
