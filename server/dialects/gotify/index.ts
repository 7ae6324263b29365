// The export of the dialect: Gotify's programs send here as to their own server.
import type { RunningDialect } from '../dialect.ts';
import { clientDevice } from './caller.ts';
import { failAsGotify } from './errors.ts';
import { gotifyRoutes } from './http.ts';
import { createNumbers } from './numbers.ts';
import type { GotifyPorts, GotifySections } from './ports.ts';

/** Gotify. */
export const gotify = {
  name: 'gotify',
  paths: { socket: [] },
  create(ports: GotifyPorts, config: GotifySections): RunningDialect | undefined {
    if (!config.gotify.enabled) return undefined;
    const { senderKeys, devices } = ports;
    const clients = () => [...new Set(senderKeys.list().flatMap((key) => clientDevice(key, devices) ?? []))];
    const numbers = createNumbers(ports, clients, config.storage.historyTtl);
    return { routes: gotifyRoutes(ports, config, numbers), fail: failAsGotify };
  },
};
