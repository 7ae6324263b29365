// Durability "replica": a write counts once enough replicas have it. WAIT speaks of the writes of its own connection and
// blocks that connection, so one WAIT stands behind all writes of a turn.
import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { RedisConfig } from './config.ts';
import { RedisError } from './errors.ts';
import type { Send } from './link.ts';

/** A way to send writes that resolve once enough replicas have them. */
export interface ReplicatedSend {
  readonly send: Send;
  close(): void;
}

/** Makes it of a link that no one else sends on. */
export function createReplicatedSend(
  link: { readonly send: Send },
  { replicas, replicaTimeout }: Pick<RedisConfig, 'replicas' | 'replicaTimeout'>,
  logger: Logger,
  clock: Clock,
): ReplicatedSend {
  /** The wait behind the writes of this turn. */
  let turn: Promise<void> | undefined;
  /** Whether the last wait ended with too few replicas. Writes are refused then, until they have caught up. */
  let isShort = false;
  let isClosed = false;
  let timer: Timer;

  const wait = async (): Promise<boolean> => {
    const reached = Number(await link.send(['WAIT', String(replicas), String(replicaTimeout)]));
    return reached >= replicas;
  };

  /** Waits for the replicas until they have everything. */
  const probe = async () => {
    // While the connection is away, no one can tell; the next probe asks again.
    if (await wait().catch(() => false)) {
      isShort = false;
      logger.info({ replicas }, 'enough replicas of Redis have everything again');
    } else if (!isClosed) {
      probeAfter(replicaTimeout);
    }
  };
  const probeAfter = (ms: number) => {
    timer = clock.setTimeout(() => void probe(), ms);
  };

  const waitForTurn = async () => {
    // The client writes at the end of the turn as well, after this, so the wait leaves in the same packet.
    await endOfTurn();
    turn = undefined;
    const isEnough = await wait().catch((error) => {
      throw error instanceof RedisError ? new RedisError(error.failure, true, error) : error;
    });
    if (isEnough) return;
    if (!isShort) {
      isShort = true;
      logger.warn({ replicas }, 'too few replicas of Redis have the last messages; sends are refused until they do');
      probeAfter(0);
    }
    throw new RedisError('replicas', true);
  };

  return {
    async send(args, bytes) {
      if (isShort) throw new RedisError('replicas', false);
      turn ??= waitForTurn();
      const waited = turn;
      // If the write itself fails, no one asks for the wait.
      waited.catch(() => {});
      const answer = await link.send(args, bytes);
      await waited;
      return answer;
    },
    close() {
      isClosed = true;
      clock.clearTimeout(timer);
    },
  };
}
