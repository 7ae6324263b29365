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

/**
 * Reports to apps that survive a restart. Changes that are made in one turn of the event loop, also those of the
 * pending leaves, become durable together: after a crash, all of them are stored or none.
 */
export interface ReportStore {
  /** All reports, in their order. */
  load(): Promise<StoredReport[]>;
  /** The body of a report; undefined if it is not stored. */
  body(seq: number): Promise<string | undefined>;
  /**
   * Adds a report and resolves to its number, which is higher than all numbers before it.
   * @param place the number of the report whose place in the order it takes; by default the last place
   */
  add(report: NewReport, place?: number): Promise<number>;
  /** Removes a report, if it is there. */
  remove(seq: number): Promise<void>;
  /** Removes all reports of an app. */
  forget(app: string): Promise<void>;
}
