// Pairing codes that any node makes and any node takes. Redis has digests of them.
import { PAIRING_BOUNDS, type Pairing, type PairingStore } from '../../../access/guards.ts';
import { sha256 } from '../../../base/digest.ts';
import { scripts } from '../scripts.ts';
import type { GuardPorts } from './ports.ts';

/** How much longer a claimed code is there, in ms, for the work that it is claimed for. */
const WORK_MS = 120_000;

/** Makes the store. */
export function createRedisPairings({ connection, keys }: Pick<GuardPorts, 'connection' | 'keys'>): PairingStore {
  const { lifetime, ofOwner, ofDevice, ofDevices } = PAIRING_BOUNDS;
  const nameOf = (code: string) => sha256(code).toString('hex');
  const keyOf = (code: string) => keys.pairing(nameOf(code));

  async function look(mode: 'find' | 'claim', code: string): Promise<Pairing | undefined> {
    const answer = await connection.runScript(scripts.redeem, [keyOf(code)], [mode, WORK_MS]);
    const [by, expires, manage] = answer as [by?: string, expires?: string, manage?: string];
    if (by === undefined) return undefined;
    return {
      ...(by === '' ? {} : { by }),
      ...(manage === '1' ? { manage: true } : {}),
      expiresAt: Number(expires),
    };
  }

  async function end(by: string, name: string): Promise<void> {
    await connection.runScript(scripts.unpair, [keys.pairingsOf(by), keys.devicePairings], [keys.pairing(''), name]);
  }

  return {
    async add(code, { by = '', manage = false, expiresAt }) {
      const name = nameOf(code);
      const orders = [keys.pairingsOf(by), ...(by === '' ? [] : [keys.devicePairings])];
      const most = by === '' ? ofOwner : ofDevice;
      await connection.runScript(
        scripts.pair,
        [keys.pairing(name), ...orders],
        [keys.pairing(''), name, by, expiresAt, lifetime, most, ofDevices, manage ? '1' : ''],
      );
    },
    find: (code) => look('find', code),
    claim: (code) => look('claim', code),
    stands: async (code) => Number(await connection.send(['EXISTS', keyOf(code)])) === 1,
    async release(code) {
      await connection.send(['HDEL', keyOf(code), 'claimed']);
    },
    async end(code) {
      const by = await connection.send(['HGET', keyOf(code), 'by']);
      if (typeof by === 'string') await end(by, nameOf(code));
    },
    endOf: (device) => end(device, ''),
  };
}
