// gusher 2.0: each socket has a tag, and a push goes to all tags that match a pattern. The channel core keeps the channels
// and connections, the backend stores the apps.
import type { ChannelEvent } from '../../channel/connection.ts';
import { createCallHook } from '../../outbound/call-hook.ts';
import type { RunningDialect } from '../dialect.ts';
import { createPatterns } from '../kit/pattern.ts';
import { failAsText } from '../kit/text-answers.ts';
import { createPasswordLimiter, writtenCredential } from './credential.ts';
import { gusherRoutes } from './http.ts';
import type { GusherPorts, GusherSections } from './ports.ts';
import { createRegistrations } from './registrations.ts';
import { createSockets, SOCKET_PATH } from './sockets.ts';

/** Longest frame in bytes, as in the original. Clients have nothing to send. */
const MAX_PAYLOAD = 512;

/** A push arrives as its plain text. */
function encode(event: ChannelEvent): string | undefined {
  return event.type === 'event' ? event.data : undefined;
}

/** gusher. Its config section switches it on. */
export const gusher = {
  name: 'gusher',
  paths: { socket: [SOCKET_PATH] },
  async create(ports: GusherPorts, { gusher: config, http }: GusherSections): Promise<RunningDialect | undefined> {
    if (config === undefined) return undefined;
    const registrations = await createRegistrations(ports, config.maxApps);
    const admin = writtenCredential(config.account, config.password, createPasswordLimiter());
    const { hookTimeout: timeout, maxWaitHook: parallel } = config;
    const callHook = createCallHook({ outbound: ports.outbound, timeout, parallel });
    const callPorts = { ...ports, registrations, admin, patterns: createPatterns(), maxBody: http.maxBody };
    return {
      routes: gusherRoutes(callPorts),
      fail: failAsText,
      ...createSockets({ ...ports, registrations, callHook }),
      encode,
      maxPayload: MAX_PAYLOAD,
    };
  },
};
