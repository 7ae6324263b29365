// ws emits `close` only when the TCP connection ends. A peer that has sent its Close frame may keep the connection open until
// the close timeout (30 s). This subclass also reports the Close frame itself.
import { WebSocket } from 'ws';

/** What a socket reports, beside the events that it emits. */
export interface PeerEvents {
  /** A frame arrived. `null` stands for a binary one. */
  message(text: string | null): void;
  /** The peer sent a ping, which ws has answered. */
  pinged(): void;
  ponged(payload: string): void;
  /** No more frames follow: after the peer's Close frame, or a frame that breaks the protocol. */
  ended(): void;
  /** The connection is gone. */
  closed(): void;
  /** A frame broke the protocol. This may happen even during a close. */
  failed(error: unknown): void;
}

/**
 * A socket of ws that reports to one object. Listeners would cost each socket 900 bytes: a table, and a closure for each event.
 * Of the events of ws, only `close` is emitted too.
 */
export class PeerSocket extends WebSocket {
  /** Set in the turn in which the socket is made, so no event is missed. */
  events: PeerEvents | undefined;

  override emit(name: string | symbol, ...values: unknown[]): boolean {
    const { events } = this;
    if (events === undefined) return super.emit(name, ...values);
    switch (name) {
      case 'message':
        events.message(values[1] === true ? null : String(values[0]));
        return true;
      case 'ping':
        events.pinged();
        return true;
      case 'pong':
        events.ponged(String(values[0]));
        return true;
      case 'error':
        events.failed(values[0]);
        return true;
      case 'close':
        events.closed();
        return super.emit(name, ...values);
      default:
        return super.emit(name, ...values);
    }
  }

  /** ws calls this in the turn in which the peer's Close frame arrives, even if the relay has already sent its own. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    this.events?.ended();
  }

  /** Sends a Close frame. Frames that the peer sent before reading it still arrive. */
  closeFromHere(code?: number, reason?: string): void {
    super.close(code, reason);
  }
}
