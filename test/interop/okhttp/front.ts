// An address that stays while the relay behind it restarts. No test lives here.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { onCleanup } from '../../support/cleanup.ts';

/** The first byte of a ping that is not in parts. */
const PING = 0x89;

/** A front that passes bytes on. */
export interface Front {
  readonly url: string;
  /** How many pings of WebSocket have come from clients, each in a packet of its own. */
  pings(): number;
  /** Cuts every connection, as a network does that is lost. */
  cut(): void;
}

/** Opens a front for whatever listens at the port at that moment. It is closed after the suite or the test. */
export async function openFront(port: () => number): Promise<Front> {
  const open = new Set<Socket>();
  let pings = 0;
  function pass(socket: Socket): void {
    const beyond = connect(port(), '127.0.0.1');
    socket.on('data', ([first]: Buffer) => {
      if (first === PING) pings += 1;
    });
    for (const [one, other] of [
      [socket, beyond],
      [beyond, socket],
    ] as const) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        open.delete(one);
        other.destroy();
      });
    }
  }
  const server = createServer(pass);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  onCleanup(() => {
    cut();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, pings: () => pings, cut };
}
