// Lists the config slices of the transports, one line each, for the schema of the whole config.
import { fcmConfig } from './fcm/config.ts';
import { webhookConfig } from './webhook/config.ts';
import { webpushConfig } from './webpush/config.ts';

/** Config sections that transports own, by the name of the section. */
export const transportConfigs = {
  webhook: webhookConfig,
  webpush: webpushConfig,
  fcm: fcmConfig,
} as const;
