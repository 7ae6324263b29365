// Sockets that are turned away: they are told why over the open socket, and hold memory for a moment only.
import type { WebSocket } from 'ws';
import type { Clock } from '../base/clock.ts';
import type { Farewell, Socket } from '../dialects/dialect.ts';

/** How long such a socket may take to close, in ms. */
const PATIENCE = 1_000;

/** The sockets that were turned away and are not gone yet. */
export interface Dismissals {
  count(): number;
  /** Says why and closes; cuts off who does not answer soon. */
  dismiss(ws: WebSocket, socket: Pick<Socket, 'send' | 'close'>, farewell: Farewell): void;
}

/** Makes the dismissals of one layer. */
export function createDismissals(clock: Clock): Dismissals {
  const leaving = new Set<WebSocket>();
  return {
    count: () => leaving.size,
    dismiss(ws, socket, { code, reason, text }) {
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
