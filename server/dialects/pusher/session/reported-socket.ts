// Reports every system frame of a socket to the webhooks of its app: webman's `server_event`.

import type { EventReport, ReportDetails } from '../../../app-webhooks/event-report.ts';
import type { App } from '../../../channel/app.ts';
import type { ChannelEvent } from '../../../channel/connection.ts';
import type { Socket } from '../../dialect.ts';
import { encode, PING } from '../frames.ts';

const SERVER_EVENT = 'server_event';

/** Reports to the webhooks of the app. */
type Report = (event: EventReport, details: ReportDetails) => void;

/** Wraps the socket if a webhook of the app wants these reports. Otherwise returns the socket itself. */
export function reportedSocket(socket: Socket, app: App, report: Report): Socket {
  const isReported = app.webman && app.hooks.some(({ events }) => events.includes(SERVER_EVENT));
  return isReported ? new ReportedSocket(socket, report) : socket;
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
    // webman's server never pings, so its receivers do not expect pings.
    if (frame !== PING) this.#reportFrame(frame, JSON.parse(frame).channel);
  }

  deliver(events: readonly ChannelEvent[], channel: string): void {
    this.#socket.deliver(events, channel);
    for (const event of events) {
      // Events that publishers and other clients send are not system frames.
      if (event.type !== 'event') this.#reportFrame(encode(event, channel), channel === '' ? undefined : channel);
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

  #reportFrame(packet: string, channel: string | undefined): void {
    this.#report({ name: SERVER_EVENT, ...(channel === undefined ? {} : { channel }) }, { packet });
  }
}
