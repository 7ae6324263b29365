// ws emits `close` only when the TCP connection ends. A peer that has sent its Close frame may keep the connection open until
// the close timeout (30 s). This subclass also emits an event for the Close frame itself.
import { WebSocket } from 'ws';

/** Emits `ended` when no more frames follow: after the peer's Close frame, or a frame that breaks the protocol. */
export class PeerSocket extends WebSocket {
  /** ws calls this in the turn in which the peer's Close frame arrives, even if the relay has already sent its own. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    this.emit('ended');
  }

  /** Sends a Close frame. Frames that the peer sent before reading it still arrive. */
  closeFromHere(code?: number, reason?: string): void {
    super.close(code, reason);
  }
}
