// One connection of a listening device: it authenticates, receives, and notices when the relay is gone.

import { WebSocket } from 'ws';
import type { WireMessage } from '../../shared/message.ts';
import { isObject, parseObject } from '../../shared/object.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { connectionProblem } from './connection-problem.ts';
import { visible } from './output.ts';

/** The device and the relay that it listens to. */
export interface DeviceIdentity {
  /** The relay's WebSocket address. */
  readonly url: string;
  readonly token: string | undefined;
  readonly name: string;
  readonly groups: readonly string[];
}

/** The callbacks of a connection. */
export interface ConnectionPorts {
  readonly clock: Clock;
  /** Called when the relay has accepted the device. Messages follow. */
  ready(connection: Connection): void;
  message(message: WireMessage): void;
  /** The relay sent a text for people. */
  info(text: string): void;
}

/** An accepted connection. */
export interface Connection {
  acknowledge(mid: string): void;
  /** Closes the connection; cuts it off if the relay does not answer the close. */
  close(): void;
}

/** How a connection ended. `refused` and `taken-over` are final. */
export interface Ending {
  readonly kind: 'lost' | 'refused' | 'taken-over';
  readonly why: string;
}

/** Interval of pings in ms. The relay must answer a ping before the next one. */
export const PING_INTERVAL = 30_000;
const HANDSHAKE_TIMEOUT = 20_000;
const CLOSE_TIMEOUT = 2000;
const TAKEN_OVER = 4409;
const FORBIDDEN = 403;
/** mpush's text for a token that is missing or wrong. */
const WRONG_TOKEN = 'Token invalid';

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

/** Whether a value from the relay has everything of a message. */
export function isMessage(value: unknown): value is WireMessage {
  const { mid, sendType, target, from, message } = fieldsOf(value);
  const body = fieldsOf(message);
  const texts = [mid, sendType, target, fieldsOf(from)['name'], body['text'], body['desp']];
  return texts.every((text) => typeof text === 'string') && typeof body['extra'] === 'object';
}

/** Connects, and resolves when the connection has ended. Aborting the signal ends it before it is ready. */
export function connect(identity: DeviceIdentity, ports: ConnectionPorts, signal: AbortSignal): Promise<Ending> {
  const { clock } = ports;
  const ws = new WebSocket(identity.url, { handshakeTimeout: HANDSHAKE_TIMEOUT, perMessageDeflate: false });
  let ready = false;
  let alive = true;
  let refused = false;
  let why: string | undefined;
  let beat: Timer;
  let cut: Timer;

  function send(cmd: string, data: object): void {
    if (ws.readyState === WebSocket.OPEN) ws.send(JSON.stringify({ cmd, data }));
  }

  function close(): void {
    ws.close(1000);
    cut ??= clock.setTimeout(() => ws.terminate(), CLOSE_TIMEOUT);
  }

  function ping(): void {
    if (!alive || !ready) {
      why = 'the relay no longer answers';
      ws.terminate();
      return;
    }
    alive = false;
    ws.ping();
    beat = clock.setTimeout(ping, PING_INTERVAL);
  }

  function receive(text: string): void {
    const { cmd, data } = parseObject(text) ?? {};
    if (cmd === 'AUTH') authenticated(fieldsOf(data));
    else if (cmd === 'MESSAGE' && ready && isMessage(data)) ports.message(data);
    else if (cmd === 'INFO' && typeof data === 'string' && ready) ports.info(visible(data));
    else if (cmd === 'INFO' && typeof data === 'string') giveUp(data);
  }

  function authenticated({ code, msg }: Fields): void {
    if (code !== 200) {
      refused = code === FORBIDDEN;
      const text = typeof msg === 'string' ? msg : 'the relay refuses';
      giveUp(text === WRONG_TOKEN ? `${text}; set the right one with --token or HERALD_TOKEN` : text);
    } else if (!ready && !signal.aborted) {
      ready = true;
      ports.ready({ acknowledge: (mid) => send('MESSAGE_CALLBACK', { mid }), close });
    }
  }

  function giveUp(text: string): void {
    why = visible(text);
    close();
  }

  const abort = () => {
    if (!ready) ws.terminate();
  };
  signal.addEventListener('abort', abort, { once: true });

  ws.on('open', () => {
    const { token = '', name, groups } = identity;
    send('AUTH', { token, name, group: [...groups] });
    beat = clock.setTimeout(ping, PING_INTERVAL);
  });
  for (const event of ['pong', 'ping', 'message'] as const) {
    ws.on(event, () => {
      alive = true;
    });
  }
  ws.on('message', (data, isBinary) => {
    if (!isBinary) receive(data.toString());
  });
  ws.on('error', (error) => {
    why ??= ready ? connectionProblem(error) : `cannot reach ${identity.url}: ${connectionProblem(error)}`;
  });
  return new Promise((resolve) => {
    ws.on('close', (code, reason) => {
      clock.clearTimeout(beat);
      clock.clearTimeout(cut);
      signal.removeEventListener('abort', abort);
      const said = visible(reason.toString());
      resolve({
        kind: code === TAKEN_OVER ? 'taken-over' : refused ? 'refused' : 'lost',
        why: why ?? (said === '' ? 'the connection ended' : said),
      });
    });
  });
}
