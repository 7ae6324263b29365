/** An app that was made while the relay ran. What it consists of is known to the dialect that made it. */
export interface StoredApp {
  /** The id of the app in the channel core, unique over all dialects. */
  readonly id: string;
  readonly dialect: string;
  /** Anything that JSON can hold. */
  readonly settings: unknown;
}

/** Apps that outlive a restart. Changes resolve when they are durable. */
export interface AppStore {
  /** In the order in which they were first put. */
  load(): Promise<StoredApp[]>;
  /** Adds the app, or replaces the one with its id. */
  put(app: StoredApp): Promise<void>;
  remove(id: string): Promise<void>;
}
