// Sockets: one text frame for each event. They end without a Close frame: ntfy's programs come back only then.
import { rememberLast } from '../../base/remember-last.ts';
import type { Session, Socket } from '../dialect.ts';
import type { Listening, Outlet, Tells } from './listening.ts';
import type { NtfyMessage } from './message.ts';

/** The text of an event. Over sockets ntfy always names the sequence of a message. */
const textOf = rememberLast((event: NtfyMessage) => {
  if (!event.event.startsWith('message')) return JSON.stringify(event);
  const { id, sequence_id = id, ...rest } = event;
  return JSON.stringify({ id, sequence_id, ...rest });
});

class SocketOutlet implements Outlet {
  readonly #socket: Socket;
  isOpen = true;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  write(event: NtfyMessage): void {
    if (this.isOpen) this.#socket.send(textOf(event));
  }

  drained(): Promise<void> | undefined {
    return this.#socket.caughtUp?.();
  }

  finish(): void {
    this.#socket.close();
  }

  cut(): void {
    this.#socket.close();
  }
}

/** The session of a socket that listens. @param free gives its place back @param failed gets what is a fault */
export function openListener(
  socket: Socket,
  listening: Listening,
  tells: Tells,
  free: () => void,
  failed: (error: unknown) => void,
): Session {
  const outlet = new SocketOutlet(socket);
  socket.authenticated();
  tells.run(listening, outlet).catch((error: unknown) => {
    if (outlet.isOpen) failed(error);
    outlet.cut();
  });
  return {
    // What a listener sends says nothing.
    receive() {},
    closed() {
      outlet.isOpen = false;
      tells.ended(outlet);
      free();
    },
  };
}
