// Pusher Channels, protocol 7: claims the paths and creates the dialect. The channel core keeps channels and members, the
// delivery core keeps messages to devices.
import type { IncomingMessage } from 'node:http';
import { RelayError } from '../../base/errors.ts';
import { activeSecret } from '../../channel/app.ts';
import type { CloseReason, RunningDialect, Socket } from '../dialect.ts';
import type { Route } from '../kit/route.ts';
import { apiRoutes, failAsError } from './api/http.ts';
import { authRoutes } from './auth/relay-app.ts';
import { sampleRoutes } from './auth/samples.ts';
import { encode, errorFrame } from './frames.ts';
import type { PusherConfig, PusherPorts } from './ports.ts';
import {
  type Closing,
  closeReason,
  OVER_CAPACITY,
  RECONNECT,
  REMOVED,
  SHUTDOWN,
  TERMINATED,
  UNKNOWN_KEY,
  unknownKey,
} from './refusals.ts';
import { admit } from './session/admission.ts';
import { createLivenessOf } from './session/liveness.ts';
import { longestFrame } from './session/longest-frame.ts';
import { openLater } from './session/open-later.ts';
import { PusherSessions } from './session/pusher-sessions.ts';
import { PusherSession } from './session/session.ts';

/** Sends the reason twice: some clients read the error frame, others the close code. */
function toReason({ code, message }: Closing): CloseReason {
  return { code, reason: closeReason(message), text: errorFrame(code, message) };
}

/**
 * Answers 404 to the fallbacks that SDKs try when they cannot open a WebSocket: SockJS and long-lived HTTP requests. Ranks
 * below all other routes under /pusher, including those of other dialects.
 */
const FALLBACKS: Route = {
  method: '*',
  pattern: '/pusher/*',
  limit: 0,
  rank: -1,
  answer() {
    throw new RelayError('not_found', 'no such path');
  },
};

/** Sockets at /app/:key, the HTTP API at /apps/:id, and the endpoints that sign subscriptions. */
export const pusher = {
  name: 'pusher',
  paths: { socket: ['/app', '/app/*'] },
  create(ports: PusherPorts, config: PusherConfig): RunningDialect {
    const sessions = new PusherSessions();
    const all = { ...ports, sessions, livenessOf: createLivenessOf(ports.clock) };
    ports.apps.onChange((id, app) => {
      for (const session of sessions.ofApp(id)) {
        // A client whose key has expired must go too, because it could not connect again.
        if (app === undefined || activeSecret(app, session.key) === undefined) session.end(unknownKey(session.key));
      }
    });
    ports.onRemoved((name) => {
      sessions.removed(name);
      for (const session of sessions.ofDevice(name)) session.end(REMOVED);
    });
    ports.onTokensEnded(() => {
      for (const session of sessions.ofDevices()) session.end(RECONNECT);
    });
    ports.terminations.onOrder((appId, userId) => {
      const app = ports.apps.byId(appId);
      if (app === undefined) return;
      // webman's clients never sign in. Its users are the members of presence channels.
      const members = app.webman ? ports.channels.connectionsOf(app, userId) : [];
      for (const connection of [...ports.users.connections(app, userId), ...members])
        sessions.of(connection)?.end(TERMINATED);
    });

    function enter(socket: Socket, request: IncomingMessage): PusherSession | Closing {
      const admitted = admit(request, { apps: ports.apps, places: ports.guards.places, ...config.http });
      return 'code' in admitted ? admitted : new PusherSession(socket, admitted, all, config);
    }

    const longest = longestFrame(ports.apps, config.websocket.maxPayload);
    return {
      watchesPeers: true,
      namesChannel: true,
      shutdownReason: toReason(SHUTDOWN),
      overloaded: toReason(OVER_CAPACITY),
      get maxPayload() {
        return longest();
      },
      encode,
      connections: () => ports.guards.places.taken(),
      routes: [...apiRoutes(all, config), ...authRoutes(all, config), ...sampleRoutes(ports, config), FALLBACKS],
      fail: failAsError,
      open(socket, request) {
        const entry = enter(socket, request);
        if (!('code' in entry)) return entry;
        if (entry.code !== UNKNOWN_KEY || ports.lookUpApps === undefined) return toReason(entry);
        // Another node may have just made the key.
        const opening = ports.lookUpApps().then(() => enter(socket, request));
        return openLater(socket, opening, ports.logger);
      },
    };
  },
};
