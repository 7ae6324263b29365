import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { type WebSocket, WebSocketServer } from 'ws';
import { CommandError } from '../../server/cli/command.ts';
import { PING_INTERVAL } from '../../server/cli/listen-connection.ts';
import { type DevicePorts, runDevice } from '../../server/cli/listen-device.ts';
import type { WireMessage } from '../../shared/message.ts';
import { onCleanup } from '../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../support/clock.ts';
import { soon } from '../support/eventually.ts';
import { type Packet, TestSocket } from '../support/socket.ts';

const message = (mid: string): WireMessage => ({
  sendType: 'personal',
  target: 'me',
  from: { method: 'http', name: '' },
  message: { text: `text ${mid}`, desp: '', extra: {} },
  mid,
});

/** A promise and what settles it. */
function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

/** The relay's end of a connection. */
class RelaySocket extends TestSocket {
  /** Reads the AUTH packet and grants it. */
  async accept(): Promise<Packet> {
    const auth = await this.packet('AUTH');
    this.send({ cmd: 'AUTH', data: { code: 200, auth: 'jwt', msg: 'Successful authentication' } });
    return auth;
  }

  message(mid: string): void {
    this.send({ cmd: 'MESSAGE', data: message(mid) });
  }

  /** The mid of the next acknowledgement. */
  async acknowledged(): Promise<string> {
    return (await this.packet('MESSAGE_CALLBACK')).data.mid;
  }

  /** Resolves once the device has read everything sent so far. */
  override async settle(): Promise<void> {
    this.ws.ping();
    await once(this.ws, 'pong');
  }
}

/** A device on a relay that does as the test says. */
class Scene {
  readonly clock: FakeClock = fakeClock();
  readonly notes: string[] = [];
  readonly handled: string[] = [];
  readonly server: WebSocketServer;
  readonly stop = new AbortController();
  handle: DevicePorts['handle'] = async () => true;
  done: Promise<unknown> = Promise.resolve();
  readonly #sockets: RelaySocket[] = [];
  #note: () => void = () => {};
  #arrived: () => void = () => {};

  constructor(server: WebSocketServer) {
    this.server = server;
    server.on('connection', (ws: WebSocket) => {
      this.#sockets.push(new RelaySocket(ws));
      this.#arrived();
    });
  }

  run(): void {
    const { port } = this.server.address() as AddressInfo;
    this.done = runDevice(
      { url: `ws://127.0.0.1:${port}`, token: 'token', name: 'me', groups: ['a', 'b'] },
      {
        handle: (received, signal) => {
          this.handled.push(received.mid);
          return this.handle(received, signal);
        },
        note: (text) => {
          this.notes.push(text);
          this.#note();
        },
        clock: this.clock,
        random: () => 1,
        signal: this.stop.signal,
      },
    ).catch((error: unknown) => error);
  }

  async socket(): Promise<RelaySocket> {
    for (;;) {
      const socket = this.#sockets.shift();
      if (socket !== undefined) return socket;
      const arrived = new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
      await soon('a connection of the device', arrived);
    }
  }

  /** Resolves once a note contains the text, and forgets it and those before. */
  async noted(text: string): Promise<void> {
    for (;;) {
      const at = this.notes.findIndex((note) => note.includes(text));
      if (at !== -1) {
        this.notes.splice(0, at + 1);
        return;
      }
      const noted = new Promise<void>((resolve) => {
        this.#note = resolve;
      });
      await soon(`a note with ${text}`, noted, { last: () => this.notes });
    }
  }
}

async function scene(autoPong = true): Promise<Scene> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong });
  await once(server, 'listening');
  const made = new Scene(server);
  onCleanup(async () => {
    made.stop.abort();
    for (const ws of server.clients) ws.terminate();
    server.close();
    await made.done;
  });
  made.run();
  return made;
}

/** A device whose AUTH the relay has granted. */
async function accepted(autoPong?: boolean): Promise<{ device: Scene; relay: RelaySocket }> {
  const device = await scene(autoPong);
  const relay = await device.socket();
  await relay.accept();
  return { device, relay };
}

describe('runDevice', () => {
  it('authenticates with name, token and groups', async () => {
    const device = await scene();
    const { data } = await (await device.socket()).accept();
    expect(data).to.deep.equal({ token: 'token', name: 'me', group: ['a', 'b'] });
    await device.noted('listening as me on ws://127.0.0.1:');
  });

  it('handles one message at a time, in order, and acknowledges each afterwards', async () => {
    const { device, relay } = await accepted();
    const first = deferred<boolean>();
    device.handle = ({ mid }) => (mid === '1' ? first.promise : Promise.resolve(true));
    relay.message('1');
    relay.message('2');
    await relay.settle();
    expect(device.handled).to.deep.equal(['1']);
    expect(relay.frames).to.have.lengthOf(1);
    first.resolve(true);
    expect(await relay.acknowledged()).to.equal('1');
    expect(await relay.acknowledged()).to.equal('2');
  });

  it('acknowledges a repeat again, and does nothing else', async () => {
    const { device, relay } = await accepted();
    const first = deferred<boolean>();
    device.handle = () => first.promise;
    relay.message('1');
    relay.message('1');
    await relay.settle();
    first.resolve(true);
    await relay.acknowledged();
    relay.message('1');
    expect(await relay.acknowledged()).to.equal('1');
    expect(device.handled).to.deep.equal(['1']);
  });

  it('handles a failed message again when the relay repeats it, and handles others in between', async () => {
    const { device, relay } = await accepted();
    device.handle = async ({ mid }) => mid !== '1';
    relay.message('1');
    relay.message('2');
    expect(await relay.acknowledged()).to.equal('2');
    device.handle = async () => true;
    relay.message('1');
    expect(await relay.acknowledged()).to.equal('1');
    expect(device.handled).to.deep.equal(['1', '2', '1']);
  });

  it('reconnects with growing waits, and with the shortest one after a success', async () => {
    const device = await scene();
    for (const seconds of [1, 2, 4]) {
      (await device.socket()).ws.terminate();
      await device.noted(`trying again in ${seconds}.0 s`);
      await device.clock.tick(seconds * 1000);
    }
    const relay = await device.socket();
    await relay.accept();
    await device.noted('listening');
    relay.ws.close(1001, 'going away');
    await device.noted('going away; trying again in 1.0 s');
  });

  it('names the address that it cannot reach', async () => {
    const device = await scene();
    const { port } = device.server.address() as AddressInfo;
    const relay = await device.socket();
    device.server.close();
    relay.ws.terminate();
    await device.noted('trying again in 1.0 s');
    await device.clock.tick(1000);
    await device.noted(`cannot reach ws://127.0.0.1:${port}: nothing listens there; trying again in 2.0 s`);
  });

  it('acknowledges after a reconnect what it handled in between', async () => {
    const { device, relay } = await accepted();
    const first = deferred<boolean>();
    device.handle = () => first.promise;
    relay.message('1');
    await relay.settle();
    relay.ws.terminate();
    await device.noted('trying again');
    first.resolve(true);
    await device.clock.tick(1000);
    const next = await device.socket();
    await next.accept();
    next.message('1');
    expect(await next.acknowledged()).to.equal('1');
    expect(device.handled).to.deep.equal(['1']);
  });

  it('notices through its own pings that the relay is gone', async () => {
    const { device } = await accepted(false);
    await device.noted('listening');
    await device.clock.tick(PING_INTERVAL);
    await device.clock.tick(PING_INTERVAL);
    await device.noted('the relay no longer answers; trying again in 1.0 s');
  });

  it('stays connected while the relay answers its pings', async () => {
    const { device, relay } = await accepted();
    await device.noted('listening');
    for (let beats = 0; beats < 4; beats += 1) {
      await device.clock.tick(PING_INTERVAL);
      await relay.settle();
      // Both ends have read all that came before.
      relay.send({ cmd: 'INFO', data: `beat ${beats}` });
      await device.noted(`beat ${beats}`);
    }
    expect(relay.ws.readyState).to.equal(1);
  });

  it('gives up on a relay that never answers AUTH', async () => {
    const device = await scene();
    await (await device.socket()).packet('AUTH');
    await device.clock.tick(PING_INTERVAL);
    await device.noted('the relay no longer answers');
  });

  it('ends when another device takes its name', async () => {
    const { device, relay } = await accepted();
    relay.ws.close(4409, 'taken over');
    const error = (await device.done) as CommandError;
    expect(error).to.be.instanceOf(CommandError);
    expect(error.message).to.equal('taken over: another device has connected as me');
  });

  it('ends when it is refused, and reconnects when it is asked to wait', async () => {
    const device = await scene();
    (await device.socket()).send({ cmd: 'AUTH', data: { code: 429, msg: 'too many wrong tokens' } });
    await device.noted('too many wrong tokens; trying again in 1.0 s');
    await device.clock.tick(1000);
    (await device.socket()).send({ cmd: 'AUTH', data: { code: 403, msg: 'Token \u001binvalid' } });
    const error = (await device.done) as CommandError;
    expect(error).to.be.instanceOf(CommandError);
    expect(error.message).to.equal('the relay refuses me: Token \\u001binvalid');
  });

  it('survives frames of every kind', async () => {
    const device = await scene();
    const relay = await device.socket();
    relay.message('0');
    await relay.accept();
    const bodies: unknown[] = [
      null,
      5,
      [],
      {},
      { mid: 5 },
      { ...message('1'), message: null },
      { ...message('1'), from: 'x' },
    ];
    const packets = bodies.map((data) => JSON.stringify({ cmd: 'MESSAGE', data }));
    for (const frame of ['', 'x', '{', 'null', '5', '[]', '{"cmd":5}', '{"__proto__":{"cmd":"MESSAGE"}}', ...packets]) {
      relay.send(frame);
    }
    relay.ws.send(Buffer.from(JSON.stringify({ cmd: 'MESSAGE', data: message('2') })), { binary: true });
    relay.message('3');
    expect(await relay.acknowledged()).to.equal('3');
    expect(device.handled).to.deep.equal(['3']);
  });

  it('finishes and acknowledges the current message before it closes the connection', async () => {
    const { device, relay } = await accepted();
    const first = deferred<boolean>();
    device.handle = () => first.promise;
    relay.message('1');
    relay.message('2');
    await relay.settle();
    device.stop.abort();
    relay.message('3');
    await relay.settle();
    first.resolve(true);
    expect(await relay.acknowledged()).to.equal('1');
    expect(await relay.closed).to.deep.equal({ code: 1000, reason: '' });
    expect(await device.done).to.equal(undefined);
    expect(device.handled).to.deep.equal(['1']);
  });

  it('stops a message that takes too long when it closes, and does not acknowledge it', async () => {
    const { device, relay } = await accepted();
    device.handle = (_message, signal) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(false)));
    relay.message('1');
    await relay.settle();
    device.stop.abort();
    await device.clock.tick(9999);
    expect(relay.ws.readyState).to.equal(1);
    await device.clock.tick(1);
    expect((await relay.closed).code).to.equal(1000);
    expect(await device.done).to.equal(undefined);
    expect(relay.frames).to.have.lengthOf(1);
  });

  it('terminates a connection that does not answer the close', async () => {
    const { device, relay } = await accepted();
    await device.noted('listening');
    relay.ws.pause();
    device.stop.abort();
    await device.clock.tick(0);
    await device.clock.tick(2000);
    expect(await device.done).to.equal(undefined);
  });

  it('ends at once while it waits or connects', async () => {
    const device = await scene();
    (await device.socket()).ws.terminate();
    await device.noted('trying again');
    device.stop.abort();
    expect(await device.done).to.equal(undefined);
    const other = await scene();
    other.stop.abort();
    expect(await other.done).to.equal(undefined);
  });

  it('rejects with the error of the handler', async () => {
    const { device, relay } = await accepted();
    device.handle = async () => {
      throw new Error('disk full');
    };
    relay.message('1');
    expect(((await device.done) as Error).message).to.equal('disk full');
    expect((await relay.closed).code).to.equal(1000);
  });
});
