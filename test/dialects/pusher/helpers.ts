// What the tests of this dialect share: an app, the official libraries pointed at a world, and sockets that speak frames.

import Echo from 'laravel-echo';
import Server from 'pusher';
import Library, { type Channel, type Options } from 'pusher-js';
import type { ClientOptions } from 'ws';
import { hmacHex } from '../../../server/base/hmac.ts';
import { channelText, userText } from '../../../server/dialects/pusher/signature.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { connect, type TestSocket } from '../../support/socket.ts';
import { type World, type WorldOptions, world } from '../../world.ts';

/** Its types describe the bundle for browsers, which has a default export; the one for Node is the class itself. */
export const PusherJs = Library as unknown as typeof Library.default;
export type PusherClient = InstanceType<typeof Library.default>;

export const KEY = 'app-key';
export const SECRET = 'app-secret';
export const ID = '1';

/** A relay with one app that has the options given. */
export function pusherWorld(app: Record<string, unknown> = {}, options: WorldOptions = {}): Promise<World> {
  return world({ ...options, config: { apps: [configured(app)], ...options.config } });
}

export function configured(app: Record<string, unknown> = {}): Record<string, unknown> {
  return { id: ID, key: KEY, secret: SECRET, ...app };
}

/** The server library, with the clock of the world. */
export function serverOf(relay: World, options: Partial<Server.Options> = {}): Server {
  return new Server({
    appId: ID,
    key: KEY,
    secret: SECRET,
    host: '127.0.0.1',
    port: `${relay.relay.ports.http}`,
    useTLS: false,
    ...options,
  } as Server.Options);
}

/** What the browser library is told so that it finds the world. */
export function clientOptions(relay: World): Options {
  return {
    cluster: '',
    wsHost: '127.0.0.1',
    wsPort: relay.relay.ports.websocket,
    forceTLS: false,
    enabledTransports: ['ws'],
    disableStats: true,
  };
}

/** The browser library, connected. It signs with the app's secret unless the options say otherwise. */
export async function client(relay: World, options: Partial<Options> = {}, key = KEY): Promise<PusherClient> {
  const pusher = new PusherJs(key, { ...clientOptions(relay), ...signing(serverOf(relay)), ...options });
  onCleanup(() => pusher.disconnect());
  await heard(pusher.connection, 'connected');
  return pusher;
}

/** Signs in place of an application server: as user `user` on presence channels. */
export function signing(server: Server, user: { id: string; info?: object } = { id: 'u1' }): Partial<Options> {
  return {
    channelAuthorization: {
      endpoint: '',
      transport: 'ajax',
      customHandler({ socketId, channelName }, callback) {
        const presence = channelName.startsWith('presence-')
          ? { user_id: user.id, user_info: user.info ?? {} }
          : undefined;
        callback(null, server.authorizeChannel(socketId, channelName, presence) as never);
      },
    },
  };
}

export function userSigning(
  server: Server,
  user: { id: string; user_info?: object; watchlist?: string[] },
): Partial<Options> {
  return {
    userAuthentication: {
      endpoint: '',
      transport: 'ajax',
      customHandler: ({ socketId }, callback) => callback(null, server.authenticateUser(socketId, user) as never),
    },
  };
}

export interface Bindable {
  bind(event: string, callback: (data: unknown) => void): unknown;
  unbind(event: string, callback: (data: unknown) => void): unknown;
}

/** The next event of a name. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads into events of every shape, and fails where it is wrong
export function heard(from: Bindable, event: string): Promise<any> {
  return new Promise((resolve) => {
    const once = (data: unknown) => {
      from.unbind(event, once);
      resolve(data);
    };
    from.bind(event, once);
  });
}

/** Subscribes and waits for the success. */
export async function joined(pusher: PusherClient, name: string): Promise<Channel> {
  const channel = pusher.subscribe(name);
  if (!channel.subscribed) await heard(channel, 'pusher:subscription_succeeded');
  return channel;
}

export function echoOf(pusher: PusherClient): Echo<'pusher'> {
  return new Echo({ broadcaster: 'pusher', key: KEY, client: pusher });
}

/** Any frame, taken apart. */
export interface Frame {
  readonly event: string;
  readonly channel?: string;
  readonly user_id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads into frames of every shape, and fails where it is wrong
  readonly data: any;
}

/** A socket that speaks frames by hand. */
export class Wire {
  readonly socket: TestSocket;
  id = '';

  constructor(socket: TestSocket) {
    this.socket = socket;
  }

  send(frame: unknown): void {
    this.socket.send(frame);
  }

  /** The next frame as it came. */
  text(): Promise<string> {
    return this.socket.next();
  }

  async frame(): Promise<Frame> {
    return JSON.parse(await this.text());
  }

  subscribe(channel: string, channelData?: string, key = KEY, secret = SECRET): void {
    const auth = `${key}:${hmacHex(secret, channelText(this.id, channel, channelData))}`;
    const data = channelData === undefined ? { auth, channel } : { auth, channel, channel_data: channelData };
    this.send({ event: 'pusher:subscribe', data });
  }

  /** Subscribes and reads the success away. */
  async join(channel: string, channelData?: string): Promise<Frame> {
    this.subscribe(channel, channelData);
    const frame = await this.frame();
    if (frame.event !== 'pusher_internal:subscription_succeeded') throw new Error(JSON.stringify(frame));
    return frame;
  }

  signin(user: unknown, key = KEY, secret = SECRET): void {
    const userData = typeof user === 'string' ? user : JSON.stringify(user);
    const auth = `${key}:${hmacHex(secret, userText(this.id, userData))}`;
    this.send({ event: 'pusher:signin', data: { auth, user_data: userData } });
  }

  /** Returns what came since, up to the answer of a ping: so that nothing can be on its way. */
  async settled(): Promise<Frame[]> {
    this.send({ event: 'pusher:ping', data: {} });
    const frames: Frame[] = [];
    for (;;) {
      const frame = await this.frame();
      if (frame.event === 'pusher:pong') return frames;
      frames.push(frame);
    }
  }
}

/** A socket of the app that has not read anything yet. */
export async function rawWire(relay: World, path: string, options: ClientOptions = {}): Promise<Wire> {
  return new Wire(await connect(`ws://127.0.0.1:${relay.relay.ports.websocket}${path}`, options));
}

/** Closes a socket of the app, and returns once the relay has seen it, which it does in its own time. */
export async function leave(relay: World, one: Wire): Promise<void> {
  const connections = async (): Promise<number> => {
    const answer = await serverOf(relay).get({ path: '/connections' });
    return ((await answer.json()) as { connections: number }).connections;
  };
  const before = await connections();
  one.socket.ws.close();
  await eventually('the relay has seen the end of the socket', async () => (await connections()) < before);
}

/** A socket of the app, its handshake read. */
export async function wire(relay: World, key = KEY, options: ClientOptions = {}): Promise<Wire> {
  const one = await rawWire(relay, `/app/${key}?protocol=7&client=js&version=8.6.0&flash=false`, options);
  const hello = await one.frame();
  if (hello.event !== 'pusher:connection_established') throw new Error(JSON.stringify(hello));
  one.id = JSON.parse(hello.data).socket_id;
  return one;
}
