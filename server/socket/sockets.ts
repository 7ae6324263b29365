// The socket layer: finds the dialect of an upgrade, checks whether there is room for it, and closes all sockets at the end.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { CloseReason, RunningDialect, Socket } from '../dialects/dialect.ts';
import { claimantOf } from '../dialects/kit/claims.ts';
import type { OpenDialect } from '../dialects/kit/open.ts';
import { closeStaggered } from './close-staggered.ts';
import { createHeartbeat } from './heartbeat.ts';
import type { Entry } from './open-socket.ts';
import { createOpenSockets } from './open-sockets.ts';
import { PeerSocket } from './peer-socket.ts';
import { createPendingUpgrades } from './pending-upgrades.ts';
import { refuse, refuseAs } from './refuse.ts';
import { createRejectedSockets } from './rejected-sockets.ts';
import { createUnauthenticated, type UnauthenticatedLimits } from './unauthenticated.ts';

/** Bounds of sockets; sizes in bytes, times in ms. */
export interface SocketLimits extends UnauthenticatedLimits {
  readonly maxPayload: number;
  readonly maxBuffered: number;
  readonly stallTimeout: number;
  readonly pingInterval: number;
}

/** What the socket layer needs. */
export interface SocketsPorts {
  readonly dialects: readonly OpenDialect[];
  readonly limits: SocketLimits;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The path below the configured prefix. Undefined for a path outside of it. */
  pathOf(url: string): string | undefined;
  addressOf(request: IncomingMessage): string;
}

/** The sockets of one relay. */
export interface Sockets {
  /** Answers the upgrades of a server. */
  attach(server: Server): void;
  /**
   * Closes every socket with a Close frame, many of them in groups, so that they do not all come back at once. Cuts off
   * those that have not answered after `grace` ms.
   */
  close(grace: number): Promise<void>;
  /** Open sockets of all dialects. */
  count(): number;
}

const SHUTDOWN: CloseReason = { code: 1001, reason: 'the relay is closing' };

/** Turns upgrades into sockets. @param maxPayload the longest frame that the sockets read, in bytes */
const createUpgrader = (maxPayload: number) =>
  new WebSocketServer({
    noServer: true,
    maxPayload,
    perMessageDeflate: false,
    clientTracking: false,
    WebSocket: PeerSocket,
  });

/** Makes the socket layer. */
export function createSockets(ports: SocketsPorts): Sockets {
  const { dialects, limits, clock, logger } = ports;
  /** Upgraders by `maxPayload`. */
  const upgraders = new Map<number, ReturnType<typeof createUpgrader>>();
  const unauthenticated = createUnauthenticated(limits);
  const pendingUpgrades = createPendingUpgrades({ logger, unauthenticated, addressOf: ports.addressOf });
  const rejectedSockets = createRejectedSockets(clock, limits.maxUnauthenticated);
  const openSockets = createOpenSockets({
    logger,
    addressOf: ports.addressOf,
    maxBuffered: limits.maxBuffered,
    stallTimeout: limits.stallTimeout,
    unauthenticated,
    rejectedSockets,
  });
  const heartbeat = createHeartbeat(clock, limits.pingInterval, openSockets.all);
  let flooded = false;
  let draining = false;

  function upgraderOf({ maxPayload = limits.maxPayload }: RunningDialect) {
    const upgrader = upgraders.get(maxPayload) ?? createUpgrader(maxPayload);
    upgraders.set(maxPayload, upgrader);
    return upgrader;
  }

  /** Makes room for one more socket of the address, if need be by displacing one. False when that is impossible. */
  function hasRoom(address: string): boolean {
    const isFull = unauthenticated.count() >= limits.maxUnauthenticated;
    // Only one line per flood, so that the log stays bounded too.
    if (isFull && !flooded)
      logger.warn({ limit: 'websocket.maxUnauthenticated', address }, 'too many unauthenticated sockets');
    flooded = isFull;
    return unauthenticated.makeRoom(address);
  }

  async function answer(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const path = ports.pathOf(request.url ?? '/');
    const dialect = path === undefined ? undefined : claimantOf(dialects, path)?.running;
    if (path === undefined || dialect === undefined || (dialect.open ?? dialect.admit) === undefined) {
      return refuse(stream, draining ? 503 : 404);
    }
    let enter: (socket: Socket) => Entry = (socket) => dialect.open?.(socket, request);
    if (draining || !hasRoom(ports.addressOf(request))) {
      const reason = draining ? dialect.shutdownReason : dialect.overloaded;
      if (reason === undefined || rejectedSockets.count() >= limits.maxUnauthenticated) {
        return refuse(stream, 503, '', 'Retry-After: 5');
      }
      enter = () => reason;
    } else if (dialect.admit !== undefined) {
      const decision = await pendingUpgrades.decide(dialect.admit, stream, path, request);
      if (draining) return refuse(stream, 503);
      if (typeof decision !== 'function') return refuseAs(stream, decision);
      enter = decision;
    }
    // The answer leaves in one write with the first frames of the session, which the flusher has written by then.
    stream.cork();
    upgraderOf(dialect).handleUpgrade(request, stream, head, (ws) =>
      openSockets.add(ws, stream, request, dialect, enter),
    );
    setImmediate(() => stream.uncork());
  }

  return {
    count: () => openSockets.all.size,
    attach(server) {
      heartbeat.start();
      // One listener for all sockets, because it stays for as long as they are open.
      const failed = (error: Error) => logger.debug({ err: error }, 'upgrade error');
      server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        stream.on('error', failed);
        answer(request, stream, head).catch((error: unknown) => {
          logger.error({ err: error }, 'upgrade fault');
          stream.destroy();
        });
      });
    },
    async close(grace) {
      draining = true;
      heartbeat.stop();
      pendingUpgrades.abort();
      const gone = [...openSockets.all].map(({ ws }) => new Promise((resolve) => ws.once('close', resolve)));
      closeStaggered([...openSockets.all], (grace * 2) / 3, ({ socket, dialect }) => {
        const { code, reason } = dialect.shutdownReason ?? SHUTDOWN;
        socket.close(code, reason);
      });
      const cut = setTimeout(() => {
        for (const { ws } of openSockets.all) ws.terminate();
      }, grace);
      await Promise.all(gone);
      clearTimeout(cut);
    },
  };
}
