// The list of the transports' config slices, one line each: what server/config builds its schema from.
import { webhookConfig } from './webhook/config.ts';

/** Config sections that transports own, by the name of the section. */
export const transportConfigs = {
  webhook: webhookConfig,
} as const;
