// Sockets that are rejected after their upgrade. They get the reason over the socket, and hold memory only for a moment.
import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock.ts';
import type { CloseReason, Socket } from '../dialects/dialect.ts';

/** How long a rejected socket may take to close, in ms. */
const PATIENCE = 1_000;

/** The rejected sockets of one socket layer that are not gone yet. */
export interface RejectedSockets {
  count(): number;
  /** Sends the reason and closes. Cuts off a peer that does not answer soon. Cuts off at once if too many are leaving already. */
  reject(ws: WebSocket, socket: Pick<Socket, 'send' | 'close'>, why: CloseReason): void;
}

/** Makes the set of rejected sockets. @param most how many may be leaving at once */
export function createRejectedSockets(clock: Clock, most: number): RejectedSockets {
  const leaving = new Set<WebSocket>();
  return {
    count: () => leaving.size,
    reject(ws, socket, { code, reason, text }) {
      if (leaving.size >= most) {
        ws.terminate();
        return;
      }
      if (text !== undefined) socket.send(text);
      socket.close(code, reason);
      leaving.add(ws);
      const cut = clock.setTimeout(() => ws.terminate(), PATIENCE);
      ws.once('close', () => {
        clock.clearTimeout(cut);
        leaving.delete(ws);
      });
    },
  };
}
