// Open sockets, each with its session. sockets.ts decides which upgrades become sockets.
import { randomInt } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createFlusher } from '../base/flusher.ts';
import type { Logger } from '../base/logger.ts';
import type { ChannelEvent } from '../channel/connection.ts';
import type { RunningDialect, Socket } from '../dialects/dialect.ts';
import { framesOnce, framesPerChannel } from './frame.ts';
import { type Entry, OpenSocket, type OpenSocketSettings } from './open-socket.ts';
import type { PeerSocket } from './peer-socket.ts';
import type { RejectedSockets } from './rejected-sockets.ts';
import type { Unauthenticated } from './unauthenticated.ts';

/** What the open sockets need. */
export interface OpenSocketsPorts {
  readonly logger: Logger;
  /** How many bytes may wait for one socket. */
  readonly maxBuffered: number;
  /** How long, in ms, a reader may take none of the bytes that wait for it. */
  readonly stallTimeout: number;
  readonly unauthenticated: Unauthenticated;
  readonly rejectedSockets: RejectedSockets;
  addressOf(request: IncomingMessage): string;
}

/** The open sockets of a relay. */
export interface OpenSockets {
  /** A live view of the set. */
  readonly all: ReadonlySet<OpenSocket>;
  /** Adds a socket after its upgrade, and opens its session. */
  add(
    ws: PeerSocket,
    stream: Duplex,
    request: IncomingMessage,
    dialect: RunningDialect,
    enter: (socket: Socket) => Entry,
  ): void;
}

const SOCKET_ID_PART = 10_000_000_000;

/** `join` makes a flat string. A template would keep its parts too. */
const socketId = () => [randomInt(SOCKET_ID_PART), randomInt(SOCKET_ID_PART)].join('.');

/** The encoder of a dialect, in the form that its connections use. */
function framesOf(dialect: RunningDialect): OpenSocketSettings['frames'] {
  if (dialect.namesChannel === true) return framesPerChannel((event, channel) => dialect.encode?.(event, channel));
  return framesOnce((event: ChannelEvent) => dialect.encode?.(event, event.channel));
}

/** Creates the set of open sockets, which is empty at first. */
export function createOpenSockets({ addressOf, ...ports }: OpenSocketsPorts): OpenSockets {
  const flusher = createFlusher();
  const all = new Set<OpenSocket>();
  const settings = new Map<RunningDialect, OpenSocketSettings>();
  let turn = 0;

  function settingsOf(dialect: RunningDialect): OpenSocketSettings {
    let found = settings.get(dialect);
    if (found === undefined) {
      found = {
        ...ports,
        flusher,
        all,
        dialect,
        endsAbruptly: dialect.endsAbruptly === true,
        frames: framesOf(dialect),
      };
      settings.set(dialect, found);
    }
    return found;
  }

  return {
    all,
    add(ws, stream, request, dialect, enter) {
      const remoteAddress = addressOf(request);
      const one = new OpenSocket({ id: socketId(), remoteAddress, ws, stream, turn }, settingsOf(dialect));
      turn += 1;
      all.add(one);
      one.open(enter);
    },
  };
}
