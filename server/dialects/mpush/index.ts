// The dialect as the relay sees it: what it claims, and how it is made.
import type { ChannelEvent } from '../../channel/connection.ts';
import type { RunningDialect } from '../dialect.ts';
import { addRoutes } from './http.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { type Holders, MpushSession } from './session.ts';

/** A device's events in mpush's words; presence notices have none. */
function encode(event: ChannelEvent): string | undefined {
  if (event.type !== 'event') return undefined;
  if (event.name === 'message') return `{"cmd":"MESSAGE","data":${event.data}}`;
  return event.name === 'reply' ? `{"cmd":"MESSAGE_REPLY","data":${event.data}}` : undefined;
}

/** mpush 2.1, on every path that no other dialect claims. */
export const mpush = {
  name: 'mpush',
  paths: { http: ['*'], socket: ['*'] },
  create(ports: MpushPorts, config: MpushConfig): RunningDialect {
    const holders: Holders = new Map();
    return {
      routes: (router) => addRoutes(router, ports, config),
      open: (socket) => new MpushSession(socket, ports, config, holders),
      encode,
    };
  },
};
