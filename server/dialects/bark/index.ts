// The export of the dialect: Bark's senders send here as to a bark-server.
import type { RunningDialect } from '../dialect.ts';
import { refusalHead } from '../kit/errors.ts';
import { barkAnswer } from './errors.ts';
import { barkRoutes } from './http.ts';
import type { BarkPorts, BarkSections } from './ports.ts';
import { BarkError } from './sending.ts';

/** Bark. */
export const bark = {
  name: 'bark',
  paths: { socket: [] },
  create(ports: BarkPorts, config: BarkSections): RunningDialect | undefined {
    if (!config.bark.enabled) return undefined;
    return {
      routes: barkRoutes(ports, config),
      fail(error) {
        const { status, headers } = refusalHead(error);
        const reply = error instanceof BarkError ? error.reply : { code: status, message: error.message };
        return barkAnswer(ports.clock, reply, undefined, headers);
      },
    };
  },
};
