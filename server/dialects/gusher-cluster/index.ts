// gusher.cluster at the level of its first README (2016) or of version 1.13: sockets subscribe to channels, and an API
// pushes to them. The channel core keeps the channels.
import type { PathClaims, RunningDialect, Session, Socket } from '../dialect.ts';
import { pathParameters } from '../kit/path.ts';
import { createPatterns } from '../kit/pattern.ts';
import { failAsText } from '../kit/text-answers.ts';
import { encode } from './frames.ts';
import { claimsOf, clusterRoutes } from './http.ts';
import { createReadJwt, createTokens } from './logins.ts';
import type { GusherClusterPorts, GusherClusterSections } from './ports.ts';
import { type Login, Subscriber } from './subscriber.ts';
import { v1_13 } from './v1_13.ts';
import { v2016 } from './v2016.ts';

const NOTHING: PathClaims = { socket: [] };

/** gusher.cluster. Its config section switches it on. */
export const gusherCluster = {
  name: 'gusher-cluster',
  paths: ({ gusherCluster: config }: GusherClusterSections) => (config === undefined ? NOTHING : claimsOf(config)),
  create(ports: GusherClusterPorts, sections: GusherClusterSections): RunningDialect | undefined {
    const { gusherCluster: config, http } = sections;
    if (config === undefined) return undefined;
    /** How many sockets each app has, by its id. */
    const open = new Map<string, number>();
    const tokens = createTokens(ports.guards.logins, config.maxTokens);
    const level = config.level === '2016' ? v2016(config, ports) : v1_13(tokens, ports);
    const { socket: socketPaths } = claimsOf(config);
    if (config.apiToken === undefined)
      ports.logger.warn({ setting: 'gusherCluster.apiToken' }, 'the API has no token: anyone may push');

    function enter(socket: Socket, login: Login): Session {
      socket.authenticated();
      const subscriber = new Subscriber(socket, ports.channels, login, level.toAllowed);
      const session = level.open(socket, subscriber);
      open.set(login.app.id, (open.get(login.app.id) ?? 0) + 1);
      return {
        receive: session.receive,
        closed() {
          const left = (open.get(login.app.id) ?? 0) - 1;
          if (left > 0) open.set(login.app.id, left);
          else open.delete(login.app.id);
          subscriber.leave();
        },
      };
    }

    return {
      fail: failAsText,
      routes: clusterRoutes(config, {
        ...ports,
        readJwt: createReadJwt(config.publicKey, ports.clock),
        tokens,
        patterns: createPatterns(),
        appOf: level.appOf,
        toData: level.toData,
        maxBody: http.maxBody,
      }),
      async admit(upgrade) {
        const [key] = socketPaths.flatMap((path) => pathParameters(path, upgrade.path) ?? []);
        if (key === undefined) return { status: 404, text: '404 page not found' };
        const login = await level.check(key, upgrade);
        return 'status' in login ? login : (socket) => enter(socket, login);
      },
      encode,
      maxPayload: config.maxPayload,
      connections: () => [...open],
    };
  },
};
