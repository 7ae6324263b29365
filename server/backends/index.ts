// The list of backends: adding one is adding a folder and one line here. Not here: what a backend must do
// (backend.ts).
import { openEmbedded } from './embedded/index.ts';
import type { RedisOptions } from './redis/index.ts';

/** How each backend is opened, by its name. */
export const backends = {
  embedded: openEmbedded,
  // Loaded only here: the client of Redis is large, and a single node does not need it.
  redis: async (options: RedisOptions) => (await import('./redis/index.ts')).openRedis(options),
} as const;
