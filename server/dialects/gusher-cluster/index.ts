// gusher.cluster at the level of its first README, or of its version 1.13: sockets that subscribe to channels, and an API
// that pushes to them. Not here: channels and nodes, which are the channel core's.
import { RelayError } from '../../errors.ts';
import { createAsk } from '../ask.ts';
import type { PathClaims, RunningDialect, Socket } from '../dialect.ts';
import { pathParameters } from '../path.ts';
import { exactly, matching } from './allowed.ts';
import type { GusherClusterConfig } from './config.ts';
import { type HookedApp, hookDoor, tokenDoor } from './door.ts';
import { openFirstSession } from './first-session.ts';
import { encode } from './frames.ts';
import { addRoutes, claimsOf } from './http.ts';
import { openLaterSession } from './later-session.ts';
import { createReadJwt, createTokens } from './logins.ts';
import { appOf } from './names.ts';
import type { GusherClusterPorts, GusherClusterSections } from './ports.ts';
import { createSessions } from './sessions.ts';
import { type Login, Subscriber } from './subscriber.ts';

const NOTHING: PathClaims = { http: [], socket: [] };

/** Data that is JSON as it is, any other as a string. */
function jsonOrString(text: string): string {
  try {
    JSON.parse(text);
    return text.trim();
  } catch {
    return JSON.stringify(text);
  }
}

/** The apps of the config by their keys, each in the channel core. */
function hookedApps({ apps }: GusherClusterConfig, ports: GusherClusterPorts): Map<string, HookedApp> {
  const hooked = new Map(Object.entries(apps).map(([key, { url }]) => [key, { url, app: appOf(key) }]));
  for (const { app } of hooked.values()) ports.apps.add(app);
  return hooked;
}

/** gusher.cluster, switched on by its section of the config. */
export const gusherCluster = {
  name: 'gusher-cluster',
  paths: ({ gusherCluster: config }: GusherClusterSections) => (config === undefined ? NOTHING : claimsOf(config)),
  create(ports: GusherClusterPorts, sections: GusherClusterSections): RunningDialect | undefined {
    const { gusherCluster: config, http, websocket } = sections;
    if (config === undefined) return undefined;
    const { clock, logger, channels } = ports;
    const isFirst = config.level === '2016';
    const hooked = hookedApps(config, ports);
    const sessions = createSessions();
    const tokens = createTokens(clock, config.maxTokens);
    const ask = createAsk({ clock, timeout: config.hookTimeout, parallel: config.maxWaitHook });
    const door = isFirst ? hookDoor(hooked, ask) : tokenDoor(tokens);
    const readJwt = createReadJwt(config.publicKey, clock);
    const { socket: socketPaths } = claimsOf(config);
    if (config.apiToken === undefined) logger.warn({ setting: 'gusherCluster.apiToken' }, 'anybody may push');

    function enter(socket: Socket, login: Login) {
      socket.authenticated();
      const subscriber = new Subscriber(socket, channels, login, isFirst ? exactly : matching);
      const session = isFirst ? openFirstSession(socket, subscriber) : openLaterSession(socket, subscriber, ports);
      sessions.add(subscriber);
      return {
        receive: session.receive,
        closed() {
          sessions.remove(subscriber);
          session.closed();
        },
      };
    }

    function appNamed(key: string) {
      if (!isFirst) return appOf(key);
      const app = hooked.get(key)?.app;
      if (app === undefined) throw new RelayError('invalid', 'empty app_key');
      return app;
    }

    return {
      routes: (router) =>
        addRoutes(router, config, {
          ...ports,
          sessions,
          readJwt,
          tokens,
          appOf: appNamed,
          toData: isFirst ? JSON.stringify : jsonOrString,
          socketPort: websocket.port === http.port ? undefined : websocket.port,
          maxBody: http.maxBody,
        }),
      async admit(upgrade) {
        const [key] = socketPaths.flatMap((path) => pathParameters(path, upgrade.path) ?? []);
        if (key === undefined) return { status: 404, text: '404 page not found' };
        const login = await door(key, upgrade);
        return 'status' in login ? login : (socket) => enter(socket, login);
      },
      encode,
      maxPayload: config.maxPayload,
    };
  },
};
