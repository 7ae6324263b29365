// The contract of a transport folder: it exports one TransportModule for index.ts and one config slice for config.ts,
// which list them. No transport lives here.

import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { App } from '../channel/app.ts';
import type { Channels } from '../channel/channels.ts';
import type { Transport } from '../delivery/ports.ts';
import type { Outbound } from '../outbound/outbound.ts';

/** What every transport is given beside its section of the config. */
export interface TransportTools {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The way out, for transports that send requests. */
  readonly outbound: Pick<Outbound, 'client'>;
  /** The relay's shared token, for receivers that check who calls. */
  readonly token: string;
  /** Where devices that are connected now are reached. */
  readonly channels: Pick<Channels, 'publish' | 'subscriptionCount' | 'caughtUp'>;
  readonly relayApp: App;
  /** The relay's keys for push services, both base64url. */
  readonly vapid: { readonly publicKey: string; readonly privateKey: string };
  /** How long in ms a connected device has to acknowledge before it is pushed to as well. */
  readonly pushGrace: number;
}

/** A transport made for one relay. `close` ends what it keeps open. */
export interface RunningTransport extends Transport {
  close(): Promise<void>;
}

/** A transport folder's export; its config section bears its name. */
export interface TransportModule<Config> {
  readonly name: string;
  create(config: Config, tools: TransportTools): RunningTransport;
}
