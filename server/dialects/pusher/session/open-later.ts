// A session that opens when it is known whether its socket may stay. Its frames wait, and so does the socket.
import type { Logger } from '../../../base/logger.ts';
import type { Session, Socket } from '../../dialect.ts';
import { refusalOf } from '../../kit/errors.ts';
import { errorFrame } from '../frames.ts';
import { type Closing, closeReason, unavailable } from '../refusals.ts';

/** @param opening resolves to the session, or to why to close the socket */
export function openLater(socket: Socket, opening: Promise<Session | Closing>, logger: Logger): Session {
  let opened: Session | undefined;
  let isClosed = false;

  function refuse({ code, message }: Closing): void {
    if (isClosed) return;
    isClosed = true;
    socket.send(errorFrame(code, message));
    socket.close(code, closeReason(message));
  }

  async function open(): Promise<void> {
    try {
      const entry = await opening;
      if ('code' in entry) refuse(entry);
      else if (isClosed) entry.closed();
      else opened = entry;
    } catch (error) {
      refuse(unavailable(refusalOf(error, logger, { path: 'socket' })));
    }
  }

  const ready = open();
  return {
    receive: (text) => (opened === undefined ? ready.then(() => opened?.receive(text)) : opened.receive(text)),
    ponged: () => opened?.ponged?.(),
    closed() {
      isClosed = true;
      opened?.closed();
    },
  };
}
