// What the tests of a lane share: a lane whose outbox, log and clock a test controls.
import { Lane } from '../../../server/delivery/lane.ts';
import type { LanePorts } from '../../../server/delivery/lane-ports.ts';
import type { ReadBounds, WaitingDelivery, WaitingPage } from '../../../server/delivery/ports.ts';
import { ReadAhead } from '../../../server/delivery/read-ahead.ts';
import type { Message } from '../../../shared/message.ts';
import type { Status } from '../../../shared/status.ts';
import { type FakeClock, fakeClock } from '../../support/clock.ts';
import { held, message, RecordingTransport } from '../fixtures.ts';

/** The most deliveries of one page, and the most that are kept as they come. */
export const READ_AHEAD = 256;

/** A lane whose outbox and log a test controls. */
export class Harness implements LanePorts {
  readonly clock: FakeClock = fakeClock();
  readonly transport: RecordingTransport;
  readonly lane: Lane;
  readonly readAhead: ReadAhead;
  /** What the log holds unsettled. */
  readonly log = new Map<number, WaitingDelivery>();
  /** What the log holds and cannot read. */
  readonly unreadable = new Set<number>();
  readonly loads: { after: number; limit: number }[] = [];
  readonly steps: string[] = [];
  readonly troubles: string[] = [];
  readonly faults: unknown[] = [];
  online = false;
  /** What a read waits for between looking into the log and handing over what it saw. */
  gate: Promise<void> = Promise.resolve();

  constructor(
    transport = new RecordingTransport(),
    backlog: readonly string[] = [],
    readAhead = new ReadAhead(2 ** 20),
  ) {
    this.transport = transport;
    this.readAhead = readAhead;
    for (const mid of backlog) this.keep(mid);
    this.lane = new Lane(transport, 'phone', { at: 'home' }, this, backlog.length > 0);
    this.lane.pump();
  }

  /** Whether the device stays silent, and the mids that the lane did not send because of that. */
  silent = false;
  readonly kept: string[] = [];

  isSilent(): boolean {
    return this.silent;
  }

  held({ mid }: Message, _transport: string, before?: 'tried' | 'held'): void {
    if (before !== 'held') this.kept.push(mid);
    if (before === 'tried') this.steps.push(`${mid} is not tried again`);
  }

  /** Whether the node may begin an attempt. */
  isSure = true;

  mayBegin(): boolean {
    return this.isSure;
  }

  keep(mid: number | string, status: Status = 'ready', bytes = 100): void {
    this.log.set(Number(mid), { message: message(mid), status, bytes });
  }

  /** As an outbox does with a message that is durable. */
  enqueue(...mids: readonly (number | string)[]): void {
    for (const mid of mids) {
      this.keep(mid);
      this.lane.enqueue(held(mid));
    }
  }

  /** As an outbox does when the device acknowledges. */
  settle(...mids: readonly (number | string)[]): void {
    for (const mid of mids) {
      this.lane.release(String(mid));
      this.log.delete(Number(mid));
    }
  }

  async load(
    after: string,
    { limit, maxBytes = Number.POSITIVE_INFINITY, atLeastOne }: ReadBounds,
  ): Promise<WaitingPage> {
    this.loads.push({ after: Number(after), limit });
    const mids = [...this.log.keys()].sort((a, b) => a - b).filter((mid) => mid > Number(after));
    const deliveries: WaitingDelivery[] = [];
    let bytes = 0;
    for (const mid of mids) {
      const delivery = this.log.get(mid);
      if (delivery === undefined || deliveries.length === limit) break;
      bytes += delivery.bytes;
      if (bytes > maxBytes && !(atLeastOne === true && deliveries.length === 0)) break;
      deliveries.push(delivery);
    }
    await this.gate;
    const damaged = [...this.unreadable].filter((mid) => mid > Number(after)).map(String);
    return { deliveries, damaged, more: deliveries.length < mids.length };
  }

  /** Holds reads back until the returned function is called. */
  holdReads(): () => void {
    let open: () => void = () => {};
    this.gate = new Promise((resolve) => {
      open = resolve;
    });
    return () => open();
  }

  damaged = (mid: string) => {
    this.steps.push(`${mid} damaged`);
    this.unreadable.delete(Number(mid));
  };
  connected = () => this.online;
  slept = () => this.steps.push('slept');
  progress = (mid: string, status: Status) => this.steps.push(`${mid} ${status}`);
  confirmed = (mid: string) => {
    this.steps.push(`${mid} confirmed`);
    this.settle(mid);
  };
  refused = (mid: string, reason: string) => this.steps.push(`${mid} refused: ${reason}`);
  troubled = (mid: string, reason: string) => this.troubles.push(`${mid} ${reason}`);
  gone = (reason: string) => {
    this.steps.push(`gone: ${reason}`);
    this.lane.close();
  };
  fault = (error: unknown) => this.faults.push(error);
  random = () => 0.5;
}
