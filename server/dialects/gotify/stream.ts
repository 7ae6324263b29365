// Sockets of clients: one text frame for each message. After each frame comes a ping with the mid: its pong leaves when the
// program has taken the frame, so it acknowledges the message. They end without a Close frame, on which Gotify's programs wait.
import { parseObject } from '../../../shared/object.ts';
import type { Timer } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import type { ChannelEvent, Connection } from '../../channel/connection.ts';
import { deviceChannel } from '../../channel/relay-app.ts';
import type { Settlement } from '../../delivery/ports.ts';
import type { Session, Socket } from '../dialect.ts';
import { closeIfLost } from '../kit/lost.ts';
import { applicationOf, type Client } from './caller.ts';
import { toGotify } from './message.ts';
import type { Numbers } from './numbers.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';

/** How many messages may wait for their pongs. Those that are dropped are told again. */
const MAX_TOLD = 1000;

/** The sockets of all clients on this node. */
export interface ClientStreams {
  /** @param free gives its place back */
  open(socket: Socket, client: Client, free: () => void): Session;
  /** A client has read a page of its messages. @param isLast whether the next page has nothing new; else it may read on */
  hasRead(device: string, isLast: boolean): void;
}

/** A message that is to be told. */
interface Told {
  readonly mid: string;
  readonly isSilent: boolean;
}

/** What all sockets share. */
interface StreamParts {
  readonly ports: GotifyPorts;
  readonly numbers: Numbers;
  readonly backlogDelay: number;
  forget(stream: ClientStream): void;
}

/** One socket. To the channel core it is the device. */
class ClientStream implements Session, Connection, Settlement {
  readonly client: Client;
  readonly #socket: Socket;
  readonly #parts: StreamParts;
  readonly #free: () => void;
  /** Until then the client gets nothing. Undefined from then on. */
  #held: Timer;
  #waiting: Told[] = [];
  #isTelling = false;
  /** What was told and is not acknowledged, in that order. */
  #told: string[] = [];
  #isOpen = true;

  constructor(socket: Socket, client: Client, parts: StreamParts, free: () => void) {
    this.client = client;
    this.#socket = socket;
    this.#parts = parts;
    this.#free = free;
    this.#hold();
    socket.authenticated();
    // The key may have ended while the socket was opened.
    client.proof().catch(() => this.close());
  }

  get id(): string {
    return this.#socket.id;
  }

  /** The client reads its messages page by page: what is on the next page must not come twice. */
  holdOn(): void {
    if (this.#held === undefined) return;
    this.#endHold();
    this.#hold();
  }

  /** Takes what waits for the device, and what comes. */
  release(): void {
    if (this.#held === undefined || !this.#isOpen) return;
    this.#endHold();
    const { channels, relayApp } = this.#parts.ports;
    void closeIfLost(this.#socket, [channels.subscribe(relayApp, this, deviceChannel(this.client.device))]);
  }

  deliver(events: readonly ChannelEvent[]): void {
    for (const { type, name, data } of events) {
      if (type !== 'event' || name !== 'message') continue;
      const { mid, silent } = parseObject(data) ?? {};
      if (typeof mid !== 'string' || this.#waiting.some((one) => one.mid === mid)) continue;
      this.#waiting.push({ mid, isSilent: silent === true });
    }
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#tellAll()
      .catch((error: unknown) => this.failed(error))
      .finally(() => {
        this.#isTelling = false;
      });
  }

  caughtUp(): Promise<void> | undefined {
    return this.#socket.caughtUp?.();
  }

  close(): void {
    this.#isOpen = false;
    this.#socket.close();
  }

  /** What a client sends says nothing. */
  receive(): void {}

  /** A program may answer only the last of several pings. */
  ponged(payload = ''): void {
    const index = this.#told.indexOf(payload);
    if (index < 0) return;
    const { devices } = this.#parts.ports;
    for (const mid of this.#told.splice(0, index + 1)) devices.acknowledged(mid, this.client.device, this);
  }

  settled(): void {}

  /** The relay sends the message again, so a failure is only told to the log. */
  failed(error: unknown): void {
    const { logger } = this.#parts.ports;
    if (error instanceof RelayError) logger.debug({ err: error }, 'a client of Gotify gets its messages later');
    else logger.error({ err: error }, 'stream fault');
  }

  closed(): void {
    this.#isOpen = false;
    this.#endHold();
    this.#parts.ports.channels.disconnect(this);
    this.#parts.forget(this);
    this.#free();
  }

  #hold(): void {
    const { ports, backlogDelay } = this.#parts;
    this.#held = ports.clock.setTimeout(() => this.release(), backlogDelay);
  }

  #endHold(): void {
    this.#parts.ports.clock.clearTimeout(this.#held);
    this.#held = undefined;
  }

  async #tellAll(): Promise<void> {
    const { numbers } = this.#parts;
    while (this.#waiting.length > 0 && this.#isOpen) {
      // More may come meanwhile, and need ids of their own.
      const some = [...this.#waiting];
      const mids = some.map(({ mid }) => mid);
      try {
        await numbers.give(mids);
        const ids = await numbers.of(mids);
        for (const one of some) await this.#tell(one, ids.get(one.mid) ?? 0);
      } finally {
        this.#waiting = this.#waiting.slice(some.length);
      }
    }
  }

  async #tell({ mid, isSilent }: Told, id: number): Promise<void> {
    const { log, senderKeys } = this.#parts.ports;
    const found = await log.find(mid);
    // It may have been deleted, or the key may have ended.
    if (found === undefined || found.removed.has(this.client.device) || !this.#isOpen) return;
    const { message } = found;
    const told = toGotify(message, id, applicationOf(message, senderKeys), isSilent);
    this.#socket.send(`${JSON.stringify(told)}\n`);
    if (!this.#told.includes(mid)) this.#told.push(mid);
    // A program that answers no pings.
    if (this.#told.length > MAX_TOLD) this.#told.shift();
    this.#socket.ping(mid);
  }
}

/** Makes the sockets of one node. */
export function createClientStreams(
  ports: GotifyPorts,
  { gotify: { backlogDelay } }: GotifySections,
  numbers: Numbers,
): ClientStreams {
  const open = new Set<ClientStream>();
  const parts: StreamParts = { ports, numbers, backlogDelay, forget: (stream) => open.delete(stream) };

  function closeWhere(isOver: (client: Client) => boolean): void {
    for (const stream of [...open]) if (isOver(stream.client)) stream.close();
  }

  ports.onKeyEnded((name) => closeWhere(({ key }) => key.name === name));
  ports.onRemoved((name) => closeWhere(({ device }) => device === name));

  return {
    open(socket, client, free) {
      const stream = new ClientStream(socket, client, parts, free);
      open.add(stream);
      return stream;
    },
    hasRead(device, isLast) {
      for (const stream of open) {
        if (stream.client.device !== device) continue;
        if (isLast) stream.release();
        else stream.holdOn();
      }
    },
  };
}
