// The export of the dialect: webhooks of monitors, forges and tools, told in words that a person reads.
import type { RelayError } from '../../base/errors.ts';
import type { RunningDialect } from '../dialect.ts';
import { refusalHead } from '../kit/errors.ts';
import { json } from '../kit/http-message.ts';
import { hookRoutes } from './http.ts';
import type { HooksPorts, HooksSections } from './ports.ts';

/** What the programs' own logs show. */
const TEXTS: Readonly<Partial<Record<RelayError['code'], string>>> = {
  unauthorized: 'unknown key',
  revoked: 'unknown key',
  not_found: 'no such device',
};

/** Webhooks. */
export const hooks = {
  name: 'hooks',
  paths: { socket: [] },
  create(ports: HooksPorts, config: HooksSections): RunningDialect | undefined {
    if (!config.senderHooks.enabled) return undefined;
    return {
      routes: hookRoutes(ports, config),
      fail(error) {
        const { status, headers } = refusalHead(error);
        return json({ error: TEXTS[error.code] ?? error.message, code: error.code }, status, headers);
      },
    };
  },
};
