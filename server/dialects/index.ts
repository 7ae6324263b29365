// The list of the dialects, one line each. Each dialect has its own folder.
import { gusher } from './gusher/index.ts';
import { gusherCluster } from './gusher-cluster/index.ts';
import { mpush } from './mpush/index.ts';
import { pusher } from './pusher/index.ts';

/** Every dialect, in the order in which requests are offered to them; mpush takes what is left. */
export const dialects = [pusher, gusher, gusherCluster, mpush] as const;
