// A socket whose app is told of every system frame that is sent to it: webman's `server_event`.

import type { EventReport, ReportDetails } from '../../../app-webhooks/event-report.ts';
import type { App } from '../../../channel/app.ts';
import type { ChannelEvent } from '../../../channel/connection.ts';
import type { Socket } from '../../dialect.ts';
import { encode, PING } from '../frames.ts';

const SERVER_EVENT = 'server_event';

/** Takes what the app is told. */
type Report = (event: EventReport, details: ReportDetails) => void;

/** The socket itself, unless the app wants to hear of its frames. */
export function reportedSocket(socket: Socket, app: App, report: Report): Socket {
  const heard = app.webman && app.hooks.some(({ events }) => events.includes(SERVER_EVENT));
  return heard ? new ReportedSocket(socket, report) : socket;
}

class ReportedSocket implements Socket {
  readonly id: string;
  readonly remoteAddress: string;
  readonly #socket: Socket;
  readonly #report: Report;

  constructor(socket: Socket, report: Report) {
    this.id = socket.id;
    this.remoteAddress = socket.remoteAddress;
    this.#socket = socket;
    this.#report = report;
  }

  send(frame: string): void {
    this.#socket.send(frame);
    // webman's server asks nobody, so that its receivers know of no pings.
    if (frame !== PING) this.#tell(frame, JSON.parse(frame).channel);
  }

  deliver(events: readonly ChannelEvent[], channel: string): void {
    this.#socket.deliver(events, channel);
    for (const event of events) {
      // What publishers and members send is no frame of the system.
      if (event.type !== 'event') this.#tell(encode(event, channel), channel === '' ? undefined : channel);
    }
  }

  ping(): void {
    this.#socket.ping();
  }

  authenticated(): void {
    this.#socket.authenticated();
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason);
  }

  #tell(packet: string, channel: string | undefined): void {
    this.#report({ name: SERVER_EVENT, ...(channel === undefined ? {} : { channel }) }, { packet });
  }
}
