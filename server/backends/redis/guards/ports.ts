// What the guards in Redis work with.
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { RedisConnection } from '../connection.ts';
import type { ControlLog } from '../control-log.ts';
import type { Keys } from '../keys.ts';
import type { Lease } from '../lease.ts';
import type { Patience } from '../patience.ts';

/** What the guards of one node work with. */
export interface GuardPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly control: Pick<ControlLog, 'onEntry'>;
  readonly lease: Pick<Lease, 'self' | 'onView' | 'onResumed'>;
  readonly patience: Pick<Patience, 'of'>;
  readonly clock: Clock;
  readonly logger: Logger;
}
