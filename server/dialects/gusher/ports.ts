// What the dialect needs from the relay: the channel core, stored apps, and the throttle for wrong passwords.
import type { Throttle } from '../../access/throttle.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { AppStore, Apps } from '../../channel/apps.ts';
import type { Channels } from '../../channel/channels.ts';
import type { Outbound } from '../../outbound/outbound.ts';
import type { GusherConfig } from './config.ts';

/** The relay, as this dialect sees it. */
export interface GusherPorts {
  readonly apps: Pick<Apps, 'add' | 'replace' | 'remove' | 'onChange'>;
  readonly appStore: AppStore;
  readonly channels: Pick<
    Channels,
    'subscribe' | 'disconnect' | 'publish' | 'occupied' | 'channelCount' | 'subscriptionCount'
  >;
  readonly throttle: Throttle;
  readonly outbound: Pick<Outbound, 'client'>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The sections of the config that the dialect reads; sizes in bytes. */
export interface GusherSections {
  readonly gusher?: GusherConfig | undefined;
  readonly http: { readonly maxBody: number };
}
