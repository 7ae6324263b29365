// The list of the dialects' config slices, one line each: what server/config builds its schema from.

import { gusherConfig } from './gusher/config.ts';
import { gusherClusterConfig } from './gusher-cluster/config.ts';

/** Config sections that dialects own, by the name of the section. */
export const dialectConfigs = {
  gusher: gusherConfig,
  gusherCluster: gusherClusterConfig,
} as const;
