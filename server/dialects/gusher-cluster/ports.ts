// What the dialect needs from the relay: the channel core, and the throttle for wrong tokens.
import type { BodyBudget } from '../../access/body-budget.ts';
import type { ForeignPages } from '../../access/foreign-pages.ts';
import type { LoginStore } from '../../access/guards.ts';
import type { Throttle } from '../../access/throttle.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Apps } from '../../channel/apps.ts';
import type { Channels } from '../../channel/channels.ts';
import type { Nodes } from '../../nodes.ts';
import type { Outbound } from '../../outbound/outbound.ts';
import type { GusherClusterConfig } from './config.ts';

/** The relay, as this dialect sees it. */
export interface GusherClusterPorts {
  readonly apps: Pick<Apps, 'add'>;
  readonly channels: Pick<
    Channels,
    'subscribe' | 'unsubscribe' | 'disconnect' | 'subscription' | 'publish' | 'occupied' | 'usersOn'
  >;
  readonly throttle: Throttle;
  readonly foreignPages: ForeignPages;
  readonly bodyBudget: BodyBudget;
  readonly guards: { readonly logins: LoginStore };
  readonly outbound: Pick<Outbound, 'client'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly nodes: Pick<Nodes, 'list'>;
  /** Reads a field of a hash of another program; undefined if there is none. Undefined without Redis. */
  readonly readForeign: ((key: string, field: string) => Promise<string | undefined>) | undefined;
}

/** The sections of the config that the dialect reads; sizes in bytes. */
export interface GusherClusterSections {
  readonly gusherCluster?: GusherClusterConfig | undefined;
  readonly http: { readonly maxBody: number };
}
