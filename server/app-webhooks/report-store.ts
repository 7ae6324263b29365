// What the queues of app webhooks need of a backend. No implementation lives here.

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
  /** The channels that it tells of. Reports of one channel go out in order. */
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
 * Reports to apps that outlive a restart. Changes that are called for in one turn of the event loop, with those of the
 * pending leaves among them, are durable together: a crash leaves all of them or none.
 */
export interface ReportStore {
  /** All of them in their order. */
  load(): Promise<StoredReport[]>;
  /** The body of one; undefined when it is not there. */
  body(seq: number): Promise<string | undefined>;
  /**
   * Adds one and resolves to its number, which is above all numbers given before.
   * @param place the number of the report whose place in the order it takes; absent: the last place
   */
  add(report: NewReport, place?: number): Promise<number>;
  /** Takes it out, if it is there. */
  remove(seq: number): Promise<void>;
  /** Takes out all of an app. */
  forget(app: string): Promise<void>;
}
