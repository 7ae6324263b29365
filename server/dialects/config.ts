// The list of the dialects' config slices, one line each: what server/config builds its schema from.
import { gusherConfig } from './gusher/config.ts';

/** Config sections that dialects own, by the name of the section. */
export const dialectConfigs = {
  gusher: gusherConfig,
} as const;
