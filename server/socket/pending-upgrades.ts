// Upgrades that wait for the decision of their dialect, which comes before the answer.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '../base/logger.ts';
import type { RunningDialect } from '../dialects/dialect.ts';
import type { Unauthenticated } from './unauthenticated.ts';

type Admit = NonNullable<RunningDialect['admit']>;

/** The waiting upgrades of one layer. */
export interface PendingUpgrades {
  /** Lets the dialect decide. Until then the peer counts as unauthenticated. */
  decide(admit: Admit, stream: Duplex, path: string, request: IncomingMessage): ReturnType<Admit>;
  /** Tells the dialects that no decision is needed any more. */
  abort(): void;
}

interface PendingUpgradesPorts {
  readonly logger: Logger;
  readonly unauthenticated: Pick<Unauthenticated, 'enter'>;
  addressOf(request: IncomingMessage): string;
}

/** Makes them. */
export function createPendingUpgrades({ logger, unauthenticated, addressOf }: PendingUpgradesPorts): PendingUpgrades {
  const pending = new Set<AbortController>();
  return {
    async decide(admit, stream, path, request) {
      const decision = new AbortController();
      const gone = () => decision.abort();
      pending.add(decision);
      stream.once('close', gone);
      const remoteAddress = addressOf(request);
      // Not to be displaced: the peer has shown what the dialect is deciding about.
      const { leave } = unauthenticated.enter(remoteAddress);
      try {
        const url = request.url ?? '';
        const query = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '');
        return await admit({ path, query, remoteAddress, signal: decision.signal });
      } catch (error) {
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
