// ws's socket, which also tells when the peer has said its last word: ws itself tells only when the TCP connection ends,
// and a peer may keep that open for as long as the close timeout (30 s).
import { WebSocket } from 'ws';

/** A socket that emits `ended` when its peer sends no more frames: after a Close frame, or one that breaks the protocol. */
export class PeerSocket extends WebSocket {
  /** ws calls this for a Close frame that came, in the same turn; also when the relay's own Close frame came first. */
  override close(code?: number, reason?: string | Buffer): void {
    super.close(code, reason);
    this.emit('ended');
  }

  /** Sends a Close frame. Frames that the peer sent before it read this one still come. */
  closeFromHere(code?: number, reason?: string): void {
    super.close(code, reason);
  }
}
