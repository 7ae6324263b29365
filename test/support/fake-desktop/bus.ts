// A D-Bus session bus in this process. Every client may call the given services and receives every signal.
// Not here: what the services do.
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type BusMessage, decodeMessage, encodeMessage, KIND } from './message.ts';

const BUS = 'org.freedesktop.DBus';
const ID = '0'.repeat(32);

/** The answer of a method: the types, then the values. */
export type Answer = readonly [signature: string, ...body: unknown[]];
/** Methods by name. The interface does not matter. */
export type Service = Readonly<Record<string, (...args: never[]) => Answer>>;

/** An error that the caller receives under its D-Bus name. */
class BusError extends Error {}

const unknownService = (name: unknown) => new BusError(`${BUS}.Error.ServiceUnknown`, { cause: `there is no ${name}` });

/** A running bus. */
export interface Bus {
  /** Sends a signal of this service to everyone. */
  signal(member: string, signature: string, body: readonly unknown[]): void;
  close(): Promise<void>;
}

/** Starts a bus with one service on a Unix socket. */
export async function startBus(socketPath: string, name: string, path: string, service: Service): Promise<Bus> {
  const owner = ':1.0';
  const owners = new Map([
    [name, owner],
    [BUS, BUS],
  ]);
  const peers = new Map<Socket, (message: Omit<BusMessage, 'serial'>) => void>();
  let connections = 0;

  function ownerOf(wanted: string): string {
    const found = owners.get(wanted);
    if (found === undefined) throw new BusError(`${BUS}.Error.NameHasNoOwner`);
    return found;
  }

  function startService(wanted: string): Answer {
    if (!owners.has(wanted)) throw unknownService(wanted);
    const alreadyRunning = 2;
    return ['u', alreadyRunning];
  }

  const bus: Service = {
    GetId: () => ['s', ID],
    AddMatch: () => [''], // everybody gets every signal anyway
    RemoveMatch: () => [''],
    RequestName: () => ['u', 1],
    ReleaseName: () => ['u', 1],
    ListNames: () => ['as', [...owners.keys()]],
    ListActivatableNames: () => ['as', [...owners.keys()]],
    NameHasOwner: (wanted: string) => ['b', owners.has(wanted)],
    GetNameOwner: (wanted: string) => ['s', ownerOf(wanted)],
    StartServiceByName: startService,
  };
  const services = new Map([
    [BUS, bus],
    [name, service],
    [owner, service],
  ]);

  function call(peerName: string, { destination = '', member = '', body }: BusMessage): Answer {
    if (destination === BUS && member === 'Hello') return ['s', peerName];
    const found = services.get(destination);
    if (found === undefined) throw unknownService(destination);
    const method = Object.hasOwn(found, member) ? found[member] : undefined;
    if (method === undefined) throw new BusError(`${BUS}.Error.UnknownMethod`);
    return method(...(body as never[]));
  }

  const server = createServer((socket) => {
    connections += 1;
    const peerName = `:1.${connections}`;
    let serial = 0;
    const send = (message: Omit<BusMessage, 'serial'>) => {
      serial += 1;
      if (socket.writable) socket.write(encodeMessage({ ...message, serial }));
    };
    peers.set(socket, send);
    socket.on('close', () => peers.delete(socket));
    socket.on('error', () => {}); // 'close' follows
    read(socket, (message) => {
      if (message.kind !== KIND.call) return;
      const answer = { destination: peerName, replySerial: message.serial };
      try {
        const [signature, ...body] = call(peerName, message);
        const sender = message.destination ?? BUS;
        if (message.wantsReply) send({ ...answer, sender, kind: KIND.reply, signature, body });
      } catch (error) {
        const { message: text, cause = text } = error as Error;
        const errorName = error instanceof BusError ? text : `${BUS}.Error.Failed`;
        send({ ...answer, sender: BUS, kind: KIND.error, errorName, signature: 's', body: [cause] });
      }
    });
  });
  server.listen(socketPath);
  await once(server, 'listening');

  return {
    signal(member, signature, body) {
      for (const send of peers.values()) {
        send({ kind: KIND.signal, path, interface: name, member, sender: owner, signature, body });
      }
    },
    async close() {
      for (const socket of peers.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Accepts any peer in the SASL handshake, then passes its messages on. */
function read(socket: Socket, receive: (message: BusMessage) => void): void {
  let buffered: Buffer = Buffer.alloc(0);
  let isGreeted = false;

  function greet(line: string): void {
    const [command, mechanism, data] = line.replace('\0', '').split(' ');
    if (command === 'BEGIN') isGreeted = true;
    else if (command === 'AUTH' && mechanism === undefined) socket.write('REJECTED EXTERNAL\r\n');
    else if (command === 'AUTH' && data === undefined) socket.write('DATA\r\n');
    else if (command === 'AUTH' || command === 'DATA') socket.write(`OK ${ID}\r\n`);
    else socket.write('ERROR\r\n'); // NEGOTIATE_UNIX_FD: no files are passed here
  }

  /** Handles one line or message at the front. @returns whether there was one */
  function takeOne(): boolean {
    if (!isGreeted) {
      const end = buffered.indexOf('\r\n');
      if (end < 0) return false;
      const line = buffered.toString('latin1', 0, end);
      buffered = buffered.subarray(end + 2);
      greet(line);
      return true;
    }
    const next = decodeMessage(buffered);
    if (next === undefined) return false;
    buffered = buffered.subarray(next.size);
    receive(next.message);
    return true;
  }

  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (takeOne());
  });
}
