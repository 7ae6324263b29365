// The list of the dialects, one line each. Each dialect has its own folder.

import { apprise } from './apprise/index.ts';
import { bark } from './bark/index.ts';
import { discord } from './discord/index.ts';
import { gotify } from './gotify/index.ts';
import { gusher } from './gusher/index.ts';
import { gusherCluster } from './gusher-cluster/index.ts';
import { hooks } from './hooks/index.ts';
import { mpush } from './mpush/index.ts';
import { ntfy } from './ntfy/index.ts';
import { pushdeer } from './pushdeer/index.ts';
import { pusher } from './pusher/index.ts';
import { pushme } from './pushme/index.ts';
import { pushover } from './pushover/index.ts';
import { pushplus } from './pushplus/index.ts';
import { serverchan } from './serverchan/index.ts';
import { slack } from './slack/index.ts';

/** Every dialect. Their routes get requests in this order; mpush, the last, takes every path that is left. */
export const dialects = [
  pusher,
  gusher,
  gusherCluster,
  gotify,
  bark,
  pushdeer,
  pushover,
  serverchan,
  apprise,
  pushme,
  pushplus,
  hooks,
  slack,
  discord,
  ntfy,
  mpush,
] as const;
