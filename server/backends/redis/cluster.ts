// The record of a cluster: what all its nodes must agree on. The first node makes it.
import { randomUUID } from 'node:crypto';
import { RelayError } from '../../base/errors.ts';
import { SHARDS } from '../../nodes.ts';
import type { RedisConnection } from './connection.ts';
import type { Keys } from './keys.ts';
import { scripts } from './scripts.ts';

/**
 * The forms of everything under a prefix that this version reads. It writes the last of them. The record of each node names
 * them: a later version may write a new form only when all live nodes read it.
 */
export const FORMATS = { from: 1, to: 1 };

/** A cluster, as its record says. */
export interface Cluster {
  /** Random. Another id means that Redis has lost its data. */
  readonly id: string;
  /** When the first node made it, in ms since 1970 by the clock of Redis. */
  readonly made: number;
}

/** Makes the record of the cluster if there is none. @param restored whether a restore ends with it */
export async function establish(connection: RedisConnection, keys: Keys, restored?: 'restored'): Promise<unknown> {
  const args = [FORMATS.to, randomUUID(), SHARDS, restored === undefined ? '' : '1'];
  return connection.runScript(scripts.establish, [keys.meta, keys.restoring], args);
}

/**
 * Reads the record of the cluster, and makes it if there is none.
 * @throws RelayError `invalid` if a later version of Herald has made it
 */
export async function joinCluster(connection: RedisConnection, keys: Keys): Promise<Cluster> {
  if ((await establish(connection, keys)) === -1) {
    throw new RelayError(
      'invalid',
      `${keys.restoring}: a restore into this prefix has not ended; delete the keys of the prefix and restore again`,
    );
  }
  const { format, id, made, shards } = (await connection.send(['HGETALL', keys.meta])) as Record<string, string>;
  if (Number(format) > FORMATS.to) {
    throw new RelayError(
      'invalid',
      `${keys.meta}: a later version of Herald has made this cluster (format ${format}); this one reads up to ${FORMATS.to}`,
    );
  }
  if (Number(format) >= 1 && Number(format) < FORMATS.from) {
    throw new RelayError(
      'invalid',
      `${keys.meta}: an earlier version of Herald has made this cluster (format ${format}); this one reads from ${FORMATS.from} on`,
    );
  }
  if (id === undefined || Number(format) < 1 || Number(shards) !== SHARDS) {
    throw new RelayError('invalid', `${keys.meta}: this is no record of a Herald cluster`);
  }
  return { id, made: Number(made) };
}
