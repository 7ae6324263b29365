// All nodes have the same token. Redis has only a fingerprint of it.
import { sha256 } from '../../base/digest.ts';
import { RelayError } from '../../base/errors.ts';
import { joinCluster } from './cluster.ts';
import type { RedisConnection } from './connection.ts';
import type { ControlLog } from './control-log.ts';
import type { Keys } from './keys.ts';
import { scripts } from './scripts.ts';

/** What the agreement works with. */
export interface TokenPorts {
  readonly connection: RedisConnection;
  readonly control: Pick<ControlLog, 'onEmptied'>;
  readonly keys: Keys;
  /** The name of this node. */
  readonly name: string;
  /** Its id. */
  id(): string;
}

/**
 * Makes the check of `Backend.agreeOnToken`. A token may be changed while no other node is alive.
 */
export function createTokenAgreement({ connection, control, keys, name, id }: TokenPorts) {
  let agreed: string | undefined;

  async function agree(token: string, before?: string): Promise<void> {
    const cluster = await joinCluster(connection, keys);
    const fingerprintOf = (text: string) => sha256('herald token', cluster.id, text).toString('hex');
    const self = id();
    const first = await connection.runScript(
      scripts.agree,
      [keys.meta, keys.nodes, keys.node(self)],
      [fingerprintOf(token), name, self, keys.node(''), before === undefined ? '' : fingerprintOf(before)],
    );
    if (first !== '') {
      throw new RelayError(
        'invalid',
        `token: the other nodes have another one, which ${first} has set; give all nodes the same`,
      );
    }
    agreed = token;
  }

  control.onEmptied(async () => {
    if (agreed !== undefined) await agree(agreed);
  });
  return agree;
}
