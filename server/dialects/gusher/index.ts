// gusher 2.0: sockets with a tag each, and pushes to the tags that match a pattern. Not here: channels and connections,
// which are the channel core's; how apps are kept is the registry's.
import type { ChannelEvent } from '../../channel/connection.ts';
import { createCallHook } from '../../outbound/call-hook.ts';
import type { RunningDialect } from '../dialect.ts';
import { createPatterns } from '../kit/pattern.ts';
import { createPasswordLimiter, writtenCredential } from './credential.ts';
import { addRoutes, HTTP_PATHS } from './http.ts';
import type { GusherPorts, GusherSections } from './ports.ts';
import { createRegistrations } from './registrations.ts';
import { createDoor, SOCKET_PATH } from './sockets.ts';

/** Clients have nothing to say, so the original lets them say little. */
const MAX_PAYLOAD = 512;

/** A push is the text itself. */
function encode(event: ChannelEvent): string | undefined {
  return event.type === 'event' ? event.data : undefined;
}

/** gusher, switched on by its section of the config. */
export const gusher = {
  name: 'gusher',
  paths: { http: HTTP_PATHS, socket: [SOCKET_PATH] },
  async create(ports: GusherPorts, { gusher: config, http }: GusherSections): Promise<RunningDialect | undefined> {
    if (config === undefined) return undefined;
    const registrations = await createRegistrations(ports, config.maxApps);
    const admin = writtenCredential(config.account, config.password, createPasswordLimiter());
    const callHook = createCallHook({ clock: ports.clock, timeout: config.hookTimeout, parallel: config.maxWaitHook });
    const callPorts = { ...ports, registrations, admin, patterns: createPatterns(), maxBody: http.maxBody };
    return {
      routes: (router) => addRoutes(router, callPorts),
      ...createDoor({ ...ports, registrations, callHook }),
      encode,
      maxPayload: MAX_PAYLOAD,
    };
  },
};
