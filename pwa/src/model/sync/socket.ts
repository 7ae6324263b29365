// The socket of one account: authenticates, pings, and reconnects with backoff.

import { reconnectDelay } from '../../../../shared/backoff.ts';
import { isObject } from '../../../../shared/object.ts';
import type { Clock } from '../clock.ts';
import type { ConnectionState, LocalizedText } from '../model.ts';
import { socketUrl } from '../relay/server-url.ts';
import type { AccountRecord } from '../store/database.ts';
import { type AuthResult, readAuthResult } from './auth-result.ts';

/** The part of a WebSocket that this file uses. */
export interface SocketPort {
  send(text: string): void;
  close(): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown } & never) => void) | null;
  onclose: ((event: { readonly code: number } & never) => void) | null;
  onerror: ((event: never) => void) | null;
}

/** A packet from the relay. */
export interface Packet {
  readonly cmd: string;
  readonly data: unknown;
}

/** What a socket needs, and the callbacks that it calls. */
export interface SocketPorts {
  readonly open: (url: string) => SocketPort;
  readonly clock: Clock;
  readonly random: () => number;
  readonly online: () => boolean;
  /** Called with each change. */
  readonly onState: (state: ConnectionState) => void;
  /** The relay accepted this device; `data` is from its AUTH packet. */
  readonly onAccepted: (data: Readonly<Record<string, unknown>>) => void;
  readonly onPacket: (packet: Packet) => void;
}

/** An account's connection. */
export interface RelaySocket {
  /** Sends a packet if the socket is connected. Returns whether it is. */
  send(packet: { readonly cmd: string; readonly data?: unknown }): boolean;
  /** Connects now, or pings if it is connected. Call it when the network or the person may be back. */
  wake(): void;
  /** Connects again, even after a refusal. */
  reconnect(): void;
  close(): void;
}

const PING_EVERY = 30_000;
/** How long the relay may take to accept a connection, or to answer AUTH or PING, in ms. */
const ANSWER_WITHIN = 10_000;
const MAX_RETRY = 60_000;

/** Connects the account and keeps it connected until `close`. */
export function openSocket(account: () => AccountRecord, ports: SocketPorts): RelaySocket {
  const { clock } = ports;
  let port: SocketPort | undefined;
  let state: ConnectionState = { kind: 'connecting' };
  let timer: unknown;
  let failures = 0;

  function enter(next: ConnectionState): void {
    state = next;
    ports.onState(next);
  }

  function later(run: () => void, ms: number): void {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(run, ms);
  }

  /** Closes the socket and ignores what it still receives. */
  function drop(): void {
    clock.clearTimeout(timer);
    const old = port;
    port = undefined;
    if (old === undefined) return;
    old.onopen = old.onmessage = old.onclose = null;
    // In Node, an error without a handler would end the process.
    old.onerror = () => {};
    old.close();
  }

  function connect(): void {
    drop();
    enter({ kind: 'connecting' });
    const { server, auth, name, groups } = account();
    let opened: SocketPort;
    try {
      opened = ports.open(socketUrl(server));
    } catch {
      // On a page over https, the browser throws for a plain ws address.
      retry({ key: 'connection.unreachable', values: { server } });
      return;
    }
    port = opened;
    later(() => retry({ key: 'connection.unreachable', values: { server } }), ANSWER_WITHIN);
    opened.onopen = () => {
      later(() => retry({ key: 'connection.no_answer' }), ANSWER_WITHIN);
      send({ cmd: 'AUTH', auth, data: { token: '', name, group: groups.join(','), events: true } });
    };
    opened.onmessage = ({ data }) => hear(data);
    opened.onerror = () => {};
    opened.onclose = ({ code }) => {
      if (code === 4409) refuse({ key: 'connection.refused.taken_over', values: { name } });
      else if (state.kind === 'connected') retry({ key: 'connection.closed', values: { code } });
      else retry({ key: 'connection.unreachable', values: { server } });
    };
  }

  function send(packet: unknown): void {
    port?.send(JSON.stringify(packet));
  }

  function hear(text: unknown): void {
    let packet: unknown;
    try {
      packet = JSON.parse(String(text));
    } catch {
      return;
    }
    if (!isObject(packet) || typeof packet['cmd'] !== 'string') return;
    const { cmd, data } = packet as unknown as Packet;
    const result = readAuthResult({ cmd, data, code: packet['code'] }, state.kind === 'connected');
    if (result !== undefined) {
      follow(result);
    } else if (state.kind === 'connected') {
      // Any packet proves that the connection is alive.
      later(ping, PING_EVERY);
      ports.onPacket({ cmd, data });
    }
  }

  function follow(result: AuthResult): void {
    if (result.kind === 'accepted') {
      failures = 0;
      later(ping, PING_EVERY);
      enter({ kind: 'connected' });
      ports.onAccepted(result.data);
    } else if (result.kind === 'refused') {
      refuse(result.why);
    } else {
      retry(result.why, MAX_RETRY);
    }
  }

  function ping(): void {
    send({ cmd: 'PING' });
    later(() => {
      retry({ key: 'connection.no_answer' }, 0);
    }, ANSWER_WITHIN);
  }

  function refuse(why: LocalizedText): void {
    drop();
    enter({ kind: 'refused', why });
  }

  function retry(why: LocalizedText, wait?: number): void {
    drop();
    const delay = wait ?? reconnectDelay(failures, ports.random());
    failures = Math.min(failures + 1, 16);
    enter({
      kind: 'offline',
      why: ports.online() ? why : { key: 'connection.no_network' },
      retryAt: clock.now() + delay,
    });
    later(connect, delay);
  }

  connect();
  return {
    send(packet) {
      if (state.kind === 'connected') send(packet);
      return state.kind === 'connected';
    },
    wake() {
      if (state.kind === 'offline') connect();
      else if (state.kind === 'connected') ping();
    },
    reconnect() {
      failures = 0;
      connect();
    },
    close: drop,
  };
}
