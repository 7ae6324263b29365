// How the contract reaches the backend under test, and what its parts share.

import type { Backend } from '../../server/backends/backend.ts';
import type { HistoryEntry, LoggedDelivery } from '../../server/delivery/ports.ts';
import type { Message, WireMessage } from '../../shared/message.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fromWire } from '../support/message.ts';

/** A kind of backend. A place is where one keeps its state, in words: a directory, an address. */
export interface Harness<B extends Backend> {
  /** A new, empty place, removed after the test. */
  place(): Promise<string>;
  open(place: string): Promise<B>;
  /** A module that exports `open` too, for another process. */
  readonly module: URL;
  /** Whether several nodes may have one place open. The embedded backend locks its directory. */
  readonly sharesPlaces?: boolean;
  /** Makes an opened backend the owner of all devices, where that takes something. */
  own?(backend: B): Promise<void>;
  /**
   * Whether every write goes to one node and every read to another. Left out are the cases of {@link itSeesCalls}, and
   * the parts that use several nodes by themselves.
   */
  readonly isCrossed?: boolean;
  /** Whether a call is made again after a fault. Then later calls may be done before it, and it may be done twice. */
  readonly callsAgain?: boolean;
}

/**
 * A case in which a call sees what was called for just before, and was not answered yet. One node promises that; another
 * node sees only what was answered.
 */
export function itSeesCalls(
  { isCrossed = false, callsAgain = false }: Harness<Backend>,
  title: string,
  body: () => Promise<void>,
): void {
  if (!isCrossed && !callsAgain) it(title, body);
}

/** Opens one new place on as many nodes, and closes them after the test. */
export async function openNodes(harness: Harness<Backend>, nodes: number): Promise<readonly Backend[]> {
  const place = await harness.place();
  const opened: Backend[] = [];
  onCleanup(async () => {
    await Promise.all(opened.map((backend) => backend.close()));
  });
  for (let node = 0; node < nodes; node += 1) opened.push(await harness.open(place));
  return opened;
}

/** Opens a backend before each test of the suite and closes it afterwards. */
export function useBackend<B extends Backend>(harness: Harness<B>) {
  let backend: B;
  let place: string;
  const open = async () => {
    backend = await harness.open(place);
    await harness.own?.(backend);
  };
  beforeEach(async () => {
    place = await harness.place();
    await open();
  });
  afterEach(() => backend.close());
  return {
    get place() {
      return place;
    },
    get backend() {
      return backend;
    },
    get log() {
      return backend.log;
    },
    /** Closes it and opens the same place again, as a restart does. */
    async reopen() {
      await backend.close();
      await open();
      return backend;
    },
  };
}

/** A message of that mid, which is its time, on the wire. */
export function wire(mid: number | string, text = 'hello'): WireMessage {
  return {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: '' },
    message: { text, desp: '', extra: {} },
    mid: String(mid),
  };
}

/** The message that a relay has of it. */
export function message(mid: number | string, text?: string, times?: Partial<Message>): Message {
  return fromWire(wire(mid, text), times);
}

/** Deliveries in short: `mid status`. */
export function brief(deliveries: readonly (LoggedDelivery | HistoryEntry)[]): string[] {
  return deliveries.map((one) => `${'mid' in one ? one.mid : one.message.mid} ${one.status}`);
}
