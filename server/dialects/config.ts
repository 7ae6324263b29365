// The config sections of the dialects, one line each. server/config builds its schema from this list.

import { barkConfig } from './bark/config.ts';
import { gotifyConfig } from './gotify/config.ts';
import { gusherConfig } from './gusher/config.ts';
import { gusherClusterConfig } from './gusher-cluster/config.ts';
import { senderHooksConfig } from './hooks/config.ts';
import { senderConfig } from './kit/sender-config.ts';
import { streamsConfig } from './kit/stream-config.ts';
import { ntfyConfig } from './ntfy/config.ts';

/** Config sections that dialects own or share, by the name of the section. */
export const dialectConfigs = {
  gotify: gotifyConfig,
  bark: barkConfig,
  gusher: gusherConfig,
  gusherCluster: gusherClusterConfig,
  senderHooks: senderHooksConfig,
  ntfy: ntfyConfig,
  apprise: senderConfig('Apprise API'),
  discord: senderConfig("Discord's webhooks"),
  pushdeer: senderConfig('PushDeer'),
  pushover: senderConfig('Pushover'),
  pushme: senderConfig('PushMe'),
  pushplus: senderConfig('PushPlus'),
  serverchan: senderConfig('Server酱'),
  slack: senderConfig("Slack's webhooks"),
  streams: streamsConfig,
} as const;
