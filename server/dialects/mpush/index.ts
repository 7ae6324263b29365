// The export of the dialect: creates it and encodes its events.
import type { ChannelEvent } from '../../channel/connection.ts';
import type { RunningDialect } from '../dialect.ts';
import { beatRoutes } from './beat.ts';
import { failAsInfo, mpushRoutes } from './http.ts';
import { createKeySessions } from './key-sessions.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { MpushSession } from './session.ts';
import { createStatusFollowers } from './status-followers.ts';

/** The command for each event of the app `relay`. READ, STATUS, KEY and ANSWER go only to sockets that asked for events. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ['message', 'MESSAGE'],
  ['reply', 'MESSAGE_REPLY'],
  ['read', 'READ'],
  ['status', 'STATUS'],
  ['key', 'KEY'],
  ['answer', 'ANSWER'],
  ['beat', 'BEAT'],
]);

/** An event of a device as a packet. Presence notices have no packet. */
function encode(event: ChannelEvent): string | undefined {
  if (event.type !== 'event') return undefined;
  const cmd = COMMANDS.get(event.name);
  return cmd === undefined ? undefined : `{"cmd":"${cmd}","data":${event.data}}`;
}

/** mpush 2.1, on every path that no other dialect claims. */
export const mpush = {
  name: 'mpush',
  paths: { socket: ['*'] },
  create(ports: MpushPorts, config: MpushConfig): RunningDialect {
    const followers = createStatusFollowers(ports, config.statusNames);
    const keySessions = createKeySessions(ports.onKeyEnded);
    ports.onStatus(followers.update);
    ports.onRemoved((name) => ports.nameHolders.here(name)?.removed());
    ports.onTokensEnded(() => {
      for (const { name } of ports.devices.list()) {
        const holder = ports.nameHolders.here(name);
        if (holder instanceof MpushSession) holder.tokensEnded();
      }
    });
    return {
      routes: [...beatRoutes(ports, config), ...mpushRoutes(ports, config, followers)],
      fail: failAsInfo,
      open: (socket, { headers }) => new MpushSession(socket, headers, ports, config, followers, keySessions),
      encode,
    };
  },
};
