// The systems that a benchmark compares: the relay, floors, and what a user would pick instead. This file: the types.

/** How clients subscribe to channels of a system and publish to them; see clients/wires. */
export type ChannelWire = 'pusher' | 'raw' | 'raw-lines' | 'nchan' | 'mqtt' | 'ntfy-ws' | 'ntfy-json';

/** Config and place of a system that starts. */
export interface StartOptions {
  /** Where it stores its data. Without it, the data is removed at the end of the run. */
  readonly dir?: string;
  /** More of the environment of a relay. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sections of the relay's config. */
  readonly sections?: Readonly<Record<string, object>>;
  /** Lets a Node program collect garbage when asked. It then starts a little later. */
  readonly collects?: boolean;
}

/** A running system. */
export interface Server {
  readonly port: number;
  /** From its start to its first answer, in ms. */
  readonly startTime: number;
  /** CPU time so far, in µs. */
  cpu(): Promise<number>;
  /** Resident memory in bytes. */
  memory(): Promise<number>;
  /** Collects garbage, after a start with `collects`. */
  collect(): Promise<void>;
  /** Ends it at once. */
  end(): Promise<void>;
  /** Ends it as an operator does, so that it closes its files. */
  close(): Promise<void>;
}

/** A step of one system failed. */
export class ContenderError extends Error {
  readonly contender: string;

  constructor(contender: string, reason: unknown) {
    super(`${contender}: ${reason instanceof Error ? reason.message : String(reason)}`, { cause: reason });
    this.contender = contender;
  }
}

/** Waits for a step of one system. @throws ContenderError with its name if it fails */
export async function stepOf<Result>({ name }: Pick<Contender, 'name'>, step: Promise<Result>): Promise<Result> {
  try {
    return await step;
  } catch (error) {
    throw error instanceof ContenderError ? error : new ContenderError(name, error);
  }
}

/** A build of this project, and the program `node` that runs it. */
export interface Build {
  readonly checkout: string;
  readonly node: string;
}

/** A system that can be measured. */
export interface Contender {
  readonly name: string;
  /** Whether it sends to devices, which acknowledge, as mpush does. */
  readonly sends: boolean;
  /** How it publishes to channels; absent if it does not. */
  readonly channels?: ChannelWire;
  /** Where its parts are, if it is a relay. */
  readonly build?: Build;
  /** Resolves when it answers. */
  start(options?: StartOptions): Promise<Server>;
}
