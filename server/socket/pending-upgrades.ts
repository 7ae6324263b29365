// Upgrades that wait while their dialect decides about them.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { RelayError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { RunningDialect } from '../dialects/dialect.ts';
import { HTTP_STATUS } from '../dialects/kit/errors.ts';
import type { Unauthenticated } from './unauthenticated.ts';

type Admit = NonNullable<RunningDialect['admit']>;

/** The waiting upgrades of one socket layer. */
export interface PendingUpgrades {
  /** Lets the dialect decide. Until it has, the peer counts as unauthenticated. */
  decide(admit: Admit, stream: Duplex, path: string, request: IncomingMessage): ReturnType<Admit>;
  /** Tells the dialects that no one needs their decisions any more. */
  abort(): void;
}

interface PendingUpgradesPorts {
  readonly logger: Logger;
  readonly unauthenticated: Pick<Unauthenticated, 'enter'>;
  addressOf(request: IncomingMessage): string;
}

/** Makes the set of waiting upgrades, which is empty at first. */
export function createPendingUpgrades({ logger, unauthenticated, addressOf }: PendingUpgradesPorts): PendingUpgrades {
  const pending = new Set<AbortController>();
  return {
    async decide(admit, stream, path, request) {
      const decision = new AbortController();
      const gone = () => decision.abort();
      pending.add(decision);
      stream.once('close', gone);
      const ip = addressOf(request);
      // No one may displace this peer, because it has already shown a credential.
      const { leave } = unauthenticated.enter(ip);
      try {
        const url = request.url ?? '';
        const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');
        return await admit({ path, query, headers: request.headers, ip, signal: decision.signal });
      } catch (error) {
        if (error instanceof RelayError) return { status: HTTP_STATUS[error.code], text: error.message };
        logger.error({ err: error }, 'admission fault');
        return { status: 500, text: 'internal error' };
      } finally {
        leave();
        stream.off('close', gone);
        pending.delete(decision);
      }
    },
    abort() {
      for (const decision of pending) decision.abort();
    },
  };
}
