// What the channels in Redis work with.
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { RedisConnection } from '../connection.ts';
import type { ControlLog } from '../control-log.ts';
import type { Keys } from '../keys.ts';
import type { Notices } from '../notices.ts';
import type { Patience } from '../patience.ts';

/** What the channels of one node work with. */
export interface ChannelPorts {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly notices: Pick<Notices, 'on' | 'onLost'>;
  readonly control: Pick<ControlLog, 'onEntry' | 'onMissed' | 'catchUp'>;
  readonly node: {
    /** Its id now. A node that was given up by the others takes a new one. */
    id(): string;
    /** Whether it delivers to a device. */
    owns(device: string): boolean;
  };
  /** While Redis is away, sockets that join wait. */
  readonly patience: Pick<Patience, 'of'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The id of a dead node, if something is said for it and not for this one. */
export type Dead = string | undefined;
