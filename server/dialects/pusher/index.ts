// Pusher Channels, protocol 7: what the dialect claims, and how it is made. Not here: channels and members, which are
// the channel core's, and messages to devices, which are the delivery core's.
import type { RunningDialect, Session } from '../dialect.ts';
import { admit } from './admission.ts';
import { AUTH_PATHS, addAuth } from './auth.ts';
import { encode, errorFrame } from './frames.ts';
import { API_PATHS, addApi } from './http.ts';
import { Peers } from './peers.ts';
import type { PusherConfig, PusherPorts } from './ports.ts';
import { closeReason, DISABLED, SHUTDOWN, unknownKey } from './refusals.ts';
import { addSamples, SAMPLE_PATHS } from './samples.ts';
import { PusherSession } from './session.ts';

/** A socket that was turned away: it has been told why. */
const TURNED_AWAY: Session = { receive() {}, closed() {} };

/** Sockets at /app/:key, the HTTP API at /apps/:id, and the endpoints that sign subscriptions. */
export const pusher = {
  name: 'pusher',
  paths: {
    http: [...API_PATHS, ...AUTH_PATHS, ...SAMPLE_PATHS],
    socket: ['/app', '/app/:key', '/app/:key/:rest'],
  },
  create(ports: PusherPorts, config: PusherConfig): RunningDialect {
    const peers = new Peers();
    const all = { ...ports, peers };
    ports.apps.onChange((id, app) => {
      if (app?.enabled === true) return;
      for (const session of peers.ofApp(id)) session.end(app === undefined ? unknownKey(id) : DISABLED);
    });
    for (const { id, sampleAuth } of ports.apps.list()) {
      if (sampleAuth) ports.logger.warn({ app: id }, 'sampleAuth signs subscriptions for whoever asks');
    }
    return {
      watchesPeers: true,
      namesChannel: true,
      farewell: { code: SHUTDOWN.code, reason: SHUTDOWN.message },
      encode,
      connections: () => peers.counts(),
      routes(router) {
        addApi(router, all, config);
        addAuth(router, ports, config);
        addSamples(router, ports, config);
      },
      open(socket, request) {
        const admitted = admit(request, { apps: ports.apps, trustProxy: config.http.trustProxy });
        if (!('message' in admitted)) return new PusherSession(socket, admitted, all, config);
        socket.send(errorFrame(admitted.code, admitted.message));
        socket.close(admitted.code, closeReason(admitted.message));
        return TURNED_AWAY;
      },
    };
  },
};
