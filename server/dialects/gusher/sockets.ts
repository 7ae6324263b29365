// Sockets: who may connect, and which channels a socket is on. The relay ignores frames from clients.
import { letGo } from '../../base/maybe-promise.ts';
import type { App } from '../../channel/app.ts';
import type { CallHook } from '../../outbound/call-hook.ts';
import type { Session, Socket, Upgrade, UpgradeRefusal } from '../dialect.ts';
import { closeIfLost } from '../kit/lost.ts';
import { pathParameters } from '../kit/path.ts';
import type { GusherPorts } from './ports.ts';
import { MAX_TAG, type Registration, type Registrations } from './registrations.ts';
import { EVERYBODY, tagChannel } from './tags.ts';

/** Where sockets connect. */
export const SOCKET_PATH = '/ws/:app/:tag';

/** Closes the sockets of an app that was unregistered. */
const UNREGISTERED = { code: 4001, reason: 'unregistered' };

const refusal = (status: number, text: string): UpgradeRefusal => ({ status, text });
const unknownApp = () => refusal(404, 'app_key does not exist');

/** What the sockets need. */
export interface SocketsPorts extends Pick<GusherPorts, 'apps' | 'channels'> {
  readonly registrations: Registrations;
  readonly callHook: CallHook;
}

/** Makes the members of the dialect that deal with sockets. */
export function createSockets({ apps, channels, registrations, callHook }: SocketsPorts) {
  /** Open sockets by the id of their app. */
  const open = new Map<string, Set<Socket>>();
  apps.onChange((id, app) => {
    if (app !== undefined) return;
    for (const socket of open.get(id) ?? []) socket.close(UNREGISTERED.code, UNREGISTERED.reason);
  });

  function enter(socket: Socket, { key, app }: Registration, tag: string): Session {
    socket.authenticated();
    const closed = () => leave(socket, app);
    // The app may have been removed while its hook was deciding.
    if (registrations.get(key)?.app !== app) {
      socket.close(UNREGISTERED.code, UNREGISTERED.reason);
      return { receive() {}, closed };
    }
    const others = open.get(app.id) ?? new Set();
    open.set(app.id, others.add(socket));
    letGo(
      closeIfLost(socket, [
        channels.subscribe(app, socket, EVERYBODY),
        channels.subscribe(app, socket, tagChannel(tag)),
      ]),
    );
    return { receive() {}, closed };
  }

  function leave(socket: Socket, { id }: App): void {
    channels.disconnect(socket);
    const others = open.get(id);
    others?.delete(socket);
    if (others?.size === 0) open.delete(id);
  }

  async function admit({ path, query, signal }: Upgrade): Promise<UpgradeRefusal | ((socket: Socket) => Session)> {
    const [key = '', tag = ''] = pathParameters(SOCKET_PATH, path) ?? [];
    if (tag === '') return refusal(404, '404 page not found');
    const registration = registrations.get(key);
    if (registration === undefined) return unknownApp();
    if (tag.length > MAX_TAG) return refusal(400, `user_tag is longer than ${MAX_TAG} characters`);
    const { connectHook } = registration;
    if (connectHook !== '') {
      const answer = await callHook(connectHook, { token: query.get('token') ?? '' }, signal);
      // The answer of the hook stays private.
      if (answer === undefined) return refusal(404, 'the connect hook did not answer');
      if (answer !== tag) return refusal(404, 'the connect hook does not know the user_tag');
    }
    return (socket) => enter(socket, registration, tag);
  }

  return {
    admit,
    /** How many sockets each app has, by its id. */
    connections: () => [...open].map(([id, sockets]): [string, number] => [id, sockets.size]),
  };
}
