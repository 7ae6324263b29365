// The export of the dialect: Gotify's programs send and receive here as with their own server.
import { RelayError } from '../../base/errors.ts';
import type { RunningDialect } from '../dialect.ts';
import { callerOf, clientDevice, requireClient } from './caller.ts';
import { failAsGotify } from './errors.ts';
import { gotifyRoutes, PREFIX } from './http.ts';
import { createNumbers } from './numbers.ts';
import { createOriginCheck } from './origin.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';
import { createClientStreams } from './stream.ts';

/** Longest frame that a client may send, in bytes. It has nothing to send. */
const MAX_PAYLOAD = 4096;

/** Gotify. */
export const gotify = {
  name: 'gotify',
  paths: ({ gotify: { enabled } }: GotifySections) => ({
    socket: enabled ? ['/stream', '//stream', `${PREFIX}/stream`] : [],
    rank: 1,
  }),
  create(ports: GotifyPorts, config: GotifySections): RunningDialect | undefined {
    if (!config.gotify.enabled) return undefined;
    const { senderKeys, devices, streamPlaces } = ports;
    const clients = () => [...new Set(senderKeys.list().flatMap((key) => clientDevice(key, devices) ?? []))];
    const numbers = createNumbers(ports, clients, config.storage.historyTtl);
    const streams = createClientStreams(ports, config, numbers);
    const isForeign = createOriginCheck(ports, config);
    return {
      routes: gotifyRoutes(ports, config, { numbers, streams, isForeign }),
      fail: failAsGotify,
      async admit(upgrade) {
        if (isForeign(upgrade.headers)) return { status: 403, text: '' };
        try {
          const client = requireClient(await callerOf(upgrade, ports), ports);
          const free = streamPlaces.take(upgrade.ip);
          return (socket) => streams.open(socket, client, free);
        } catch (error) {
          if (!(error instanceof RelayError)) throw error;
          const { status, body, headers } = failAsGotify(error);
          return { status, text: String(body), headers };
        }
      },
      endsAbruptly: true,
      maxPayload: MAX_PAYLOAD,
    };
  },
};
