// What the tests of the delivery core share: a transport that records, a log on disk, and waiting without a clock.
import { openEmbedded } from '../../server/backends/embedded/index.ts';
import { type Clock, systemClock } from '../../server/base/clock.ts';
import { type Logger, silentLogger } from '../../server/base/logger.ts';
import type { Registration } from '../../server/delivery/devices.ts';
import type { Draft } from '../../server/delivery/message.ts';
import type { MessageLog, Outcome, Transport } from '../../server/delivery/ports.ts';
import type { HeldMessage } from '../../server/delivery/read-ahead.ts';
import { plainContent } from '../../shared/content.ts';
import type { Message } from '../../shared/message.ts';
import { onCleanup } from '../support/cleanup.ts';
import { fromWire } from '../support/message.ts';
import { tempDir } from '../support/temp-dir.ts';

/** One attempt that a transport was asked for. */
export interface Attempt {
  readonly device: string;
  readonly address: unknown;
  readonly mid: string;
  readonly signal: AbortSignal;
}

/** A transport that remembers what it was given and answers as a test says, by default `accepted`. */
export class RecordingTransport implements Transport {
  readonly name: string;
  readonly window: number;
  readonly windowBytes?: number;
  readonly retry: Transport['retry'];
  readonly awaitsAcknowledgement: boolean;
  readonly statuses: Transport['statuses'];
  readonly grace?: number;
  readonly rings?: true;
  checkAddress?: NonNullable<Transport['checkAddress']>;
  isThere?: NonNullable<Transport['isThere']>;
  /** Every attempt so far. */
  readonly attempts: Attempt[] = [];
  /** What an attempt ends with. */
  answer: (attempt: Attempt) => Outcome | Promise<Outcome> = () => ({ kind: 'accepted' });

  constructor(overrides: Partial<Omit<Transport, 'deliver'>> = {}) {
    this.name = overrides.name ?? 'websocket';
    this.window = overrides.window ?? 16;
    this.retry = overrides.retry ?? { base: 3000, cap: 60_000 };
    this.awaitsAcknowledgement = overrides.awaitsAcknowledgement ?? true;
    this.statuses = overrides.statuses ?? { accepted: 'wait' };
    if (overrides.windowBytes !== undefined) this.windowBytes = overrides.windowBytes;
    if (overrides.grace !== undefined) this.grace = overrides.grace;
    if (overrides.rings !== undefined) this.rings = overrides.rings;
  }

  deliver(device: string, address: unknown, message: Message, signal: AbortSignal): Outcome | Promise<Outcome> {
    const attempt = { device, address, mid: message.mid, signal };
    this.attempts.push(attempt);
    return this.answer(attempt);
  }

  /** The mids of all attempts so far, of one device or of all. */
  mids(device?: string): string[] {
    return this.attempts.filter((one) => device === undefined || one.device === device).map(({ mid }) => mid);
  }

  /** Forgets what was recorded. */
  clear(): void {
    this.attempts.length = 0;
  }
}

/** A transport that takes several messages at once, as the websocket transport does. */
export class BatchTransport extends RecordingTransport {
  /** The mids of each batch so far. */
  readonly batches: string[][] = [];
  /** What a batch ends with. */
  answerAll: () => Outcome = () => ({ kind: 'accepted' });

  deliverAll(device: string, address: unknown, messages: readonly Message[]): Outcome {
    const { signal } = new AbortController();
    for (const { mid } of messages) this.attempts.push({ device, address, mid, signal });
    this.batches.push(messages.map(({ mid }) => mid));
    return this.answerAll();
  }

  override clear(): void {
    super.clear();
    this.batches.length = 0;
  }
}

/** A transport of the kind of a push service: accepted is all that it learns. */
export function pushTransport(overrides: Partial<Omit<Transport, 'deliver'>> = {}): RecordingTransport {
  return new RecordingTransport({
    name: 'webpush',
    awaitsAcknowledgement: false,
    retry: { base: 10_000, cap: 600_000 },
    statuses: { attempting: 'webpush-wait', accepted: 'webpush-ok' },
    ...overrides,
  });
}

/** An attempt whose end the test decides. */
export function openEnd(): { outcome: Promise<Outcome>; end(outcome: Outcome): void; fail(error: Error): void } {
  let end: (outcome: Outcome) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const outcome = new Promise<Outcome>((resolve, reject) => {
    end = resolve;
    fail = reject;
  });
  return { outcome, end: (value) => end(value), fail: (error) => fail(error) };
}

/** A message of that mid. */
export function message(mid: number | string, times: Partial<Message> = {}): Message {
  const wire = {
    sendType: 'personal',
    target: 'phone',
    from: { method: 'http', name: '' },
    message: { text: 'hi', desp: '', extra: {} },
    mid: String(mid),
  } as const;
  return fromWire(wire, times);
}

/** A message as lanes hold it. */
export function held(mid: number | string, bytes = 100): HeldMessage {
  return { message: message(mid), bytes, holders: 0 };
}

/** A message that has no mid yet. */
export function draft(target: string, sendType: Draft['sendType'] = 'personal'): Draft {
  return { sendType, target, from: { method: 'http', name: '' }, content: plainContent('hi') };
}

/** Mids from `first` to `last`. */
export function range(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => String(first + index));
}

/** The logs of the running test. */
const logs = new Set<MessageLog>();

/** The embedded backend in a directory of its own, closed after the test. */
export async function openBackend(dir?: string, clock: Clock = systemClock) {
  const backend = await openEmbedded({ dir: dir ?? (await tempDir()), logger: silentLogger, clock });
  logs.add(backend.log);
  onCleanup(async () => {
    logs.delete(backend.log);
    await backend.close();
  });
  return backend;
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Lets everything happen that needs no clock: commits, reads, promises. */
export async function idle(): Promise<void> {
  for (let turns = 0; turns < 6; turns += 1) {
    await turn();
    // A change is durable when a later one is, even one that changes nothing. A closed log has none.
    await Promise.all([...logs].map((log) => log.record('1', 'nobody', 'ok').catch(() => false)));
  }
}

interface Logged {
  readonly facts: object;
  readonly text: string;
}

/** A logger that keeps warnings and faults. */
export function recordingLogger(): Logger & { readonly errors: Logged[]; readonly warnings: Logged[] } {
  const errors: Logged[] = [];
  const warnings: Logged[] = [];
  return {
    ...silentLogger,
    errors,
    warnings,
    warn: (facts, text) => warnings.push({ facts, text }),
    error: (facts, text) => errors.push({ facts, text }),
  };
}

/** What registers a device over a socket; the overrides say how it differs. */
export function registration(name: string, overrides: Partial<Registration> = {}): Registration {
  return { name, groups: [], transport: 'websocket', address: {}, secured: false, ...overrides };
}
