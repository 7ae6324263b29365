// The contract of a transport folder: it exports one TransportModule, and list.ts names it. No transport lives here.
import type { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { Transport } from '../delivery/ports.ts';
import type { Logger } from '../logger.ts';

/** What every transport is given beside its config slice. */
export interface TransportTools {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The relay's shared token, for receivers that check who calls. */
  readonly token: string;
}

/** A transport made for one relay. `close` ends what it keeps open. */
export interface RunningTransport extends Transport {
  close(): Promise<void>;
}

/** A transport folder's export: its section of the config, the shape of its addresses, and how to make one. */
export interface TransportModule<Config = unknown, Address = unknown> {
  readonly name: string;
  /** Schema of the config section that bears the transport's name. */
  readonly config: z.ZodType<Config>;
  /** Schema of an address, as kept in `Device.routes` or configured. */
  readonly address: z.ZodType<Address>;
  create(config: Config, tools: TransportTools): RunningTransport;
}
