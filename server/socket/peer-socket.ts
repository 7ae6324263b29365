// ws tells of the end of a socket only when its TCP connection ends. A peer that has sent its Close frame may keep the
// connection open until the close timeout (30 s). This subclass tells of the Close frame itself.
import { WebSocket } from 'ws';

/** Emits `ended` when no more frames follow: after the peer's Close frame, or a frame that breaks the protocol. */
export class PeerSocket extends WebSocket {
  /** ws calls this in the turn in which the peer's Close frame arrives, also when the relay's own one came first. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    this.emit('ended');
  }

  /** Sends a Close frame. Frames that the peer sent before reading it still arrive. */
  closeFromHere(code?: number, reason?: string): void {
    super.close(code, reason);
  }
}
