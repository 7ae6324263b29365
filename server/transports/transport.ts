// The contract of a transport folder: it exports a TransportModule, which index.ts lists, and a config slice, which
// config.ts lists. No transport lives here.

import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App } from '../channel/app.ts';
import type { Channels } from '../channel/channels.ts';
import type { Transport } from '../delivery/ports.ts';
import type { Outbound } from '../outbound/outbound.ts';

/** What every transport gets besides its section of the config. */
export interface TransportTools {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Makes clients for transports that send requests. */
  readonly outbound: Pick<Outbound, 'client'>;
  /** The relay's shared token, for receivers that check who calls. */
  token(): string;
  /** Reaches the devices that are connected now. */
  readonly channels: Pick<Channels, 'publish' | 'isOccupied' | 'caughtUp'>;
  readonly relayApp: App;
  /** The relay's keys for push services, both base64url. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string };
  /** How long in ms a connected device may take to acknowledge before the relay also sends a push. */
  readonly pushGrace: number;
}

/** A transport of one relay. `close` closes its connections. */
export interface RunningTransport extends Transport {
  close(): Promise<void>;
}

/** The export of a transport folder. Its config section has the same name. */
export interface TransportModule<Config> {
  readonly name: string;
  create(config: Config, tools: TransportTools): RunningTransport;
}
