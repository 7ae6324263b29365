// What the queues of app webhooks need from a backend. No implementation lives here.

/** The body of one request to one hook of an app, ready to be stored. */
export interface NewReport {
  /** The id of the app. */
  readonly app: string;
  /** Which address it goes to: a digest of the hook's URL. */
  readonly address: string;
  /** Which of the app's hooks with this address it is for. */
  readonly hook: number;
  /** The id of the request. It stays the same when the request is repeated. */
  readonly request: string;
  /** The channels of its events. Reports of one channel go out in order. */
  readonly channels: readonly string[];
  /** When it was accepted, ms since 1970. */
  readonly acceptedAt: number;
  /** The body of the request, JSON. */
  readonly body: string;
}

/** A report that waits, without its body. */
export interface StoredReport extends Omit<NewReport, 'body'> {
  readonly seq: number;
  /** Length of the body in bytes. */
  readonly bytes: number;
}

/** A report with its body. */
export interface WholeReport {
  readonly report: StoredReport;
  readonly body: string;
}

/** How a node comes to know the reports that it has to send, where several nodes add them. */
export interface ReportNews {
  /** Calls the listener with an address that may have new reports, if this node sends them. */
  onAdded(listener: (address: string) => void): void;
  /**
   * The next reports of an address with a number above `seq`, in their order; none if there are no more. Reports that took
   * the place of another one are left out: the node that sends them has put them there.
   */
  after(address: string, seq: number): Promise<WholeReport[]>;
}

/**
 * Reports to apps that survive a restart. Changes that are made in one turn of the event loop, also those of the
 * pending leaves, become durable together: after a crash, all of them are stored or none.
 */
export interface ReportStore {
  /** Undefined if only this node adds reports. */
  readonly news: ReportNews | undefined;
  /** The reports of the addresses for which `isMeant` is true, each address in its order. By default all. */
  load(isMeant?: (address: string) => boolean): Promise<StoredReport[]>;
  /** The body of a report; undefined if it is not stored. */
  body(report: Pick<StoredReport, 'address' | 'seq'>): Promise<string | undefined>;
  /** Adds a report and resolves to its number, which is higher than all numbers before it. */
  add(report: NewReport): Promise<number>;
  /**
   * Replaces a report by others, which take its place in the order, in one step. Resolves to their numbers; undefined if
   * the report is not stored, or another node sends the reports of its address now.
   */
  split(report: StoredReport, parts: readonly NewReport[]): Promise<readonly number[] | undefined>;
  /** Removes a report, if it is there. */
  remove(report: Pick<StoredReport, 'address' | 'seq' | 'bytes'>): Promise<void>;
  /** Removes all reports of an app. */
  forget(app: string): Promise<void>;
}
