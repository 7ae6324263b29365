// Data of other programs in the same Redis. Herald only reads it.
import { ErrorReply } from '@redis/client';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';

/** Makes the read of a field of a hash. Undefined for a Redis Cluster, where such a key may be on another server. */
export function createReadForeign({ send, server }: RedisConnection, keys: Keys) {
  if (server.mode === 'cluster') return undefined;
  return async (key: string, field: string): Promise<string | undefined> => {
    if (key.startsWith(keys.all)) return undefined;
    try {
      const found = await send(['HGET', key, field]);
      return typeof found === 'string' ? found : undefined;
    } catch (error) {
      if (error instanceof ErrorReply && error.message.startsWith('WRONGTYPE')) return undefined;
      throw error;
    }
  };
}
