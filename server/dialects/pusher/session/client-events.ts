// Forwards the client events of one socket to its channels, and handles the acknowledgements of a device.

import { letGo } from '../../../base/maybe-promise.ts';
import { TokenBucket } from '../../../base/token-bucket.ts';
import type { App } from '../../../channel/app.ts';
import type { Socket } from '../../dialect.ts';
import type { ClientFrame } from '../frames.ts';
import type { PusherPorts } from '../ports.ts';
import { CLIENT_EVENT_RATE, type ErrorSink } from '../refusals.ts';
import { packetOf, readClientEvent } from './client-event.ts';
import { acknowledgedBy, readMid } from './device.ts';
import { FrameBound } from './frame-bound.ts';

/** Bound on acknowledgements that settle nothing, such as those of a device's second socket. The rate is that of a fast backlog. */
const ACKNOWLEDGEMENTS = { burst: 2_000, perSecond: 1_000 };

type Ports = Pick<PusherPorts, 'channels' | 'report' | 'devices' | 'relayApp' | 'logger'>;

/** The client events of one socket. */
export class ClientEvents {
  readonly #socket: Socket;
  readonly #ports: Ports;
  readonly #errors: ErrorSink;
  readonly #frames: FrameBound;
  #rate: TokenBucket | undefined;
  #acknowledgements: FrameBound | undefined;

  /** @param frames the bound on all other frames. Client events that are refused count towards it too */
  constructor(socket: Socket, ports: Ports, errors: ErrorSink, frames: FrameBound) {
    this.#socket = socket;
    this.#ports = ports;
    this.#errors = errors;
    this.#frames = frames;
  }

  /** Handles a frame whose event begins with `client-`. */
  take(app: App, frame: ClientFrame, now: number): void {
    const { channels, report, relayApp } = this.#ports;
    const channel = frame.fields['channel'];
    const own = typeof channel === 'string' ? channels.subscription(app, this.#socket, channel) : undefined;
    const device = own !== undefined && app.id === relayApp.id ? acknowledgedBy(frame) : undefined;
    if (device !== undefined) {
      this.#acknowledge(device, frame, now);
      return;
    }
    const read = readClientEvent(app, frame, own !== undefined);
    if (!read.ok) {
      this.#refuse(null, read.message, now);
      return;
    }
    const size = app.limits.clientEventsPerSec;
    this.#rate ??= new TokenBucket({ burst: size, perSecond: size }, now);
    if (!this.#rate.tryTake(now)) {
      this.#refuse(CLIENT_EVENT_RATE, 'The rate limit for sending client events exceeded the quota.', now);
      return;
    }
    const userId = own?.userId;
    const { name, data } = read;
    const event = { type: 'event' as const, channel: read.channel, name, data };
    letGo(
      channels.publish(app, [read.channel], userId === undefined ? event : { ...event, userId }, {
        except: this.#socket.id,
      }),
    );
    const reported = {
      name: 'client_event',
      channel: read.channel,
      event: name,
      data,
      socket_id: this.#socket.id,
      ...(userId === undefined ? {} : { user_id: userId }),
    };
    report(app, reported, app.webman ? { packet: packetOf(read, frame) } : {});
  }

  #refuse(code: number | null, message: string, now: number): void {
    if (this.#frames.allows(now)) this.#errors.error(code, message);
  }

  /** Bounds only acknowledgements that settle nothing. The others cannot outnumber the messages. */
  #acknowledge(device: string, frame: ClientFrame, now: number): void {
    const mid = readMid(frame);
    if (mid === undefined) {
      this.#refuse(null, 'Invalid acknowledgement: expected the mid of a message', now);
      return;
    }
    this.#acknowledgements ??= new FrameBound(ACKNOWLEDGEMENTS, now, this.#errors);
    const bound = this.#acknowledgements;
    if (!bound.allows(now)) return;
    const { devices, logger } = this.#ports;
    devices
      .acknowledge(mid, device)
      .then((settled) => {
        if (settled) bound.forgive();
      })
      .catch((error: unknown) => logger.error({ err: error, device }, 'acknowledgement could not be stored'));
  }
}
