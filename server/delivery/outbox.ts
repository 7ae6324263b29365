// One device's outbox: its lanes, and how a delivery is settled on all of them.
import type { Message } from '../../shared/message.ts';
import { STATUS_RANK, type Status } from '../../shared/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Device, Routes } from './device.ts';
import { Lane } from './lane.ts';
import type { LanePorts } from './lane-ports.ts';
import type {
  FailureKind,
  MessageLog,
  Ownership,
  QuietDevices,
  ReadBounds,
  Settlement,
  StatusListener,
  Transport,
  WaitingPage,
} from './ports.ts';
import type { HeldMessage, ReadAhead } from './read-ahead.ts';

/** What the outboxes of a relay share. */
export interface OutboxPorts {
  readonly log: Pick<MessageLog, 'record' | 'settle' | 'revert' | 'unsettled'>;
  readonly ownership: Pick<Ownership, 'mayBegin' | 'isShared'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly transports: ReadonlyMap<string, Transport>;
  readonly readAhead: ReadAhead;
  /** Absent if all devices always ring. */
  readonly quiet?: QuietDevices;
  random(): number;
  /** The address of a route: the registered one, or the one in the config. */
  addressOf(device: string, transport: string, registered: unknown): unknown;
  /** Called when this node changes the public status of a delivery. */
  readonly onStatus: StatusListener;
  /** Tells other nodes a status that is not stored. */
  onPassing?(mid: string, device: string, status: Status): void;
  /** Called when a transport makes another attempt for the same delivery. */
  onRetry?(transport: string): void;
  /** Called when a transport did not take a delivery; with an empty mid, when its address is dead and nothing was tried. */
  onFailure?(mid: string, device: string, transport: string, kind: FailureKind, reason: string): void;
  /** Called when a transport finds the registered address of the device dead. */
  onGone(device: string, transport: string, address: unknown, reason: string): void;
}

/** Shortest time between two warnings about one lane, in ms. */
const WARN_INTERVAL = 600_000;

const NO_LANES: readonly Lane[] = [];

/** A delivery that ends, until that is durable. */
class Ending implements Settlement {
  readonly #outbox: Outbox;
  readonly mid: string;
  readonly status: 'ok' | 'failed';
  readonly transport: string | undefined;
  readonly #told: Settlement;

  constructor(outbox: Outbox, mid: string, status: 'ok' | 'failed', transport: string | undefined, told: Settlement) {
    this.#outbox = outbox;
    this.mid = mid;
    this.status = status;
    this.transport = transport;
    this.#told = told;
  }

  settled(changed: boolean): void {
    if (changed) this.#outbox.settled(this);
    this.#told.settled(changed);
  }

  failed(error: unknown): void {
    this.#outbox.notSettled();
    this.#told.failed(error);
  }
}

/**
 * The queue of one device: first in, first out. A route has a lane while its receiver may be there. Otherwise it costs no
 * memory: what it will need is in the log.
 */
export class Outbox implements LanePorts {
  readonly #device: string;
  readonly #ports: OutboxPorts;
  /** The object of the registry, until a route changes. */
  #routes: Routes;
  /** Is replaced and never changed, because an attempt in a loop over it may end a lane. */
  #lanes: readonly Lane[] = NO_LANES;
  #queued: number;
  /** The routes that refused a delivery for good, by mid. */
  #refused: Map<string, Set<string>> | undefined;
  /** When the next warning about a route may come. */
  #quiet: Map<string, number> | undefined;

  /** @param queued the number of unsettled deliveries in the log for the device */
  constructor(device: Device, queued: number, ports: OutboxPorts) {
    this.#device = device.name;
    this.#queued = queued;
    this.#ports = ports;
    this.#routes = device.routes;
    for (const transport of Object.keys(device.routes)) this.#start(transport);
  }

  /** Deliveries that are not settled. */
  get queued(): number {
    return this.#queued;
  }

  /** Adds a route or replaces its address, and starts it on the backlog. */
  open(transport: string, address: unknown): void {
    if (!this.#ports.transports.has(transport)) return;
    this.#routes = { ...this.#routes, [transport]: address };
    this.#start(transport);
  }

  /** Removes a route. Its deliveries in flight stay queued. */
  closeLane(transport: string): void {
    const { [transport]: _removed, ...routes } = this.#routes;
    this.#routes = routes;
    for (const refused of this.#refused?.values() ?? []) refused.delete(transport);
    this.#end(transport);
  }

  #start(name: string): void {
    this.#end(name);
    const transport = this.#ports.transports.get(name);
    if (transport !== undefined && transport.isThere?.(this.#device) !== false) this.#openLane(transport);
  }

  #openLane(transport: Transport): void {
    const { name } = transport;
    const address = this.#ports.addressOf(this.#device, name, this.#routes[name]);
    const lane = new Lane(transport, this.#device, address, this, this.#mayWait);
    this.#lanes = [...this.#lanes, lane];
    lane.pump();
  }

  #end(transport: string): void {
    this.#laneOf(transport)?.close();
    this.#forget(transport);
  }

  #forget(transport: string): void {
    this.#lanes = this.#lanes.filter((lane) => lane.transport.name !== transport);
  }

  #laneOf(name: string): Lane | undefined {
    return this.#lanes.find(({ transport }) => transport.name === name);
  }

  /** Adds a message that is durable in the log. @param isLate whether greater mids may have come before it */
  enqueue(message: HeldMessage, isLate = false): void {
    this.#queued += 1;
    for (const lane of this.#lanes) {
      if (isLate) lane.enqueueLate(message);
      else lane.enqueue(message);
    }
  }

  /**
   * Whether the log may have deliveries for the device. Where other nodes settle some of them, the number here is only
   * close to that in the log.
   */
  get #mayWait(): boolean {
    return this.#queued > 0 || this.#ports.ownership.isShared;
  }

  /** Called when the receiver of a route is there: sends its backlog at once. */
  wake(name: string): void {
    const lane = this.#laneOf(name);
    const transport = this.#ports.transports.get(name);
    if (lane !== undefined) lane.wake(this.#mayWait);
    else if (transport !== undefined && Object.hasOwn(this.#routes, name)) this.#openLane(transport);
  }

  /** Called when the receiver of a route left. */
  sleep(transport: string): void {
    this.#laneOf(transport)?.sleep();
  }

  /** Raises the status of a delivery, but not to a final one. Statuses above `wait` survive a restart. */
  progress(mid: string, status: Status, transport: string): void {
    this.#tell(mid, status, transport);
    if (STATUS_RANK[status] <= STATUS_RANK.wait) {
      this.#ports.onPassing?.(mid, this.#device, status);
      return;
    }
    this.#ports.log.record(mid, this.#device, status).catch((error: unknown) => this.fault(error));
  }

  /**
   * Ends a delivery on every lane. If the log cannot be written, the delivery is still open and is tried again later.
   * @param told is told when the end is durable
   * @param transport the transport that ended it; by default, the one that worked on it
   */
  settle(mid: string, status: 'ok' | 'failed', told: Settlement, transport?: string): void {
    this.#refused?.delete(mid);
    const carrier = this.#release(mid);
    this.#ports.log.settle(mid, this.#device, status, new Ending(this, mid, status, transport ?? carrier, told));
  }

  /** Called when the end of a delivery is durable. */
  settled({ mid, status, transport }: Ending): void {
    this.#queued -= 1;
    this.#tell(mid, status, transport);
  }

  /** Called when the end of a delivery could not be stored. */
  notSettled(): void {
    for (const lane of this.#lanes) lane.reread();
  }

  /** Drops a delivery on every lane. @returns the transport that worked on it, preferably one with acknowledgements */
  #release(mid: string): string | undefined {
    let carrier: string | undefined;
    for (const lane of this.#lanes) {
      const { name, awaitsAcknowledgement } = lane.transport;
      if (lane.release(mid) && (carrier === undefined || awaitsAcknowledgement)) carrier = name;
    }
    return carrier;
  }

  /** Called when another node settled a delivery. */
  settledElsewhere(mid: string): void {
    this.#refused?.delete(mid);
    this.#release(mid);
    this.#queued = Math.max(0, this.#queued - 1);
  }

  /** Called when news of other nodes may have been lost. */
  refresh(): void {
    for (const lane of this.#lanes) lane.refresh();
  }

  /** Corrects the number of unsettled deliveries. */
  recount(queued: number): void {
    this.#queued = queued;
  }

  /** Called when attempts may begin again. */
  resume(): void {
    for (const lane of this.#lanes) lane.ring();
  }

  mayBegin(): boolean {
    return this.#ports.ownership.mayBegin();
  }

  get clock(): Clock {
    return this.#ports.clock;
  }

  get readAhead(): ReadAhead {
    return this.#ports.readAhead;
  }

  random(): number {
    return this.#ports.random();
  }

  load(after: string, bounds: ReadBounds): Promise<WaitingPage> {
    return this.#ports.log.unsettled(this.#device, after, bounds);
  }

  isSilent(message: Message, isStored: boolean): boolean {
    return this.#ports.quiet?.isSilent(this.#device, message, isStored) === true;
  }

  held(message: Message, transport: string, before?: 'tried' | 'held'): void {
    const { mid } = message;
    if (before === 'tried') this.#revert(mid, transport);
    if (before !== 'held') this.#tell(mid, 'held', transport);
    // If that fails, the lanes read the message again, and hold it again.
    Promise.resolve(this.#ports.quiet?.held(this.#device, message, before === 'held'))
      .then(() => (before === 'held' ? undefined : this.#ports.log.record(mid, this.#device, 'held')))
      .catch((error: unknown) => {
        this.fault(error);
        this.notSettled();
      });
  }

  connected(): boolean {
    return this.#lanes.some(({ transport }) => transport.awaitsAcknowledgement);
  }

  slept(transport: string): void {
    this.#forget(transport);
    for (const lane of this.#lanes) lane.pump();
  }

  retried(transport: string): void {
    this.#safely(() => this.#ports.onRetry?.(transport));
  }

  failed(mid: string, reason: string, transport: string): void {
    this.#tellFailure(mid, transport, 'retry', reason);
  }

  #tellFailure(mid: string, transport: string, kind: FailureKind, reason: string): void {
    this.#safely(() => this.#ports.onFailure?.(mid, this.#device, transport, kind, reason));
  }

  confirmed(mid: string, transport: string): void {
    this.#settleAlone(mid, 'ok', transport);
  }

  damaged(mid: string, transport: string): void {
    this.#settleAlone(mid, 'failed', transport);
  }

  gone(reason: string, transport: string): void {
    const tried = this.#laneOf(transport)?.tried() ?? [];
    const address = this.#routes[transport];
    this.closeLane(transport);
    for (const mid of tried.length === 0 ? [''] : tried) this.#tellFailure(mid, transport, 'gone', reason);
    for (const mid of tried) this.#revert(mid, transport);
    this.#safely(() => this.#ports.onGone(this.#device, transport, address, reason));
  }

  #settleAlone(mid: string, status: 'ok' | 'failed', transport: string): void {
    const told = { settled: () => undefined, failed: (error: unknown) => this.fault(error) };
    this.settle(mid, status, told, transport);
  }

  /** Starts no further attempt on lanes without acknowledgements; resolves when those under way are over. */
  async drain(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.drain()));
  }

  /**
   * Ends, because another node delivers from now on: lanes with acknowledgements at once, others when their attempts are
   * over.
   */
  async leave(): Promise<void> {
    for (const lane of this.#lanes) if (lane.transport.awaitsAcknowledgement) lane.close();
    await this.drain();
    this.close();
  }

  /** Ends all lanes. */
  close(): void {
    for (const lane of this.#lanes) lane.close();
    this.#lanes = NO_LANES;
    this.#routes = {};
  }

  /** Takes back the status of a transport that gave up on a delivery, because that status is no longer true. */
  #revert(mid: string, name: string): void {
    const status = this.#ports.transports.get(name)?.statuses.attempting;
    if (status === undefined) return;
    this.#ports.log.revert(mid, this.#device, status).then(
      (changed) => {
        if (changed) this.#tell(mid, 'ready', name);
      },
      (error: unknown) => this.fault(error),
    );
  }

  /** Notes that a lane refused a delivery for good. The other routes go on; if none is left, the delivery has failed. */
  refused(mid: string, reason: string, name: string): void {
    this.#ports.logger.warn({ device: this.#device, transport: name, mid, reason }, 'message refused');
    this.#tellFailure(mid, name, 'refused', reason);
    this.#refused ??= new Map();
    const refused = this.#refused.get(mid) ?? new Set();
    refused.add(name);
    const routes = Object.keys(this.#routes).filter((route) => this.#ports.transports.has(route));
    if (routes.every((route) => refused.has(route))) {
      this.#settleAlone(mid, 'failed', name);
    } else {
      this.#refused.set(mid, refused);
      this.#revert(mid, name);
    }
  }

  #tell(mid: string, status: Status, transport: string | undefined): void {
    // The hot path: without a function for each status.
    try {
      this.#settleLater(this.#ports.onStatus(mid, this.#device, status, transport));
    } catch (error) {
      this.fault(error);
    }
  }

  /** Calls a listener. What it throws, now or later, is only logged: it must not end the process or lose a delivery. */
  #safely(call: () => unknown): void {
    try {
      this.#settleLater(call());
    } catch (error) {
      this.fault(error);
    }
  }

  #settleLater(result: unknown): void {
    if (result instanceof Promise) result.catch((error: unknown) => this.fault(error));
  }

  /** Warns about a lane in trouble, but not often enough to fill the log. */
  troubled(mid: string, reason: string, transport: string): void {
    const now = this.#ports.clock.monotonic();
    this.#quiet ??= new Map();
    if (now < (this.#quiet.get(transport) ?? Number.NEGATIVE_INFINITY)) return;
    this.#quiet.set(transport, now + WARN_INTERVAL);
    const facts = { device: this.#device, transport, mid, reason, queued: this.#queued };
    this.#ports.logger.warn(facts, 'a message is not taken; it is tried again');
  }

  /** Logs a fault of the relay itself. */
  fault(error: unknown): void {
    this.#ports.logger.error({ device: this.#device, err: error }, 'delivery fault');
  }
}
