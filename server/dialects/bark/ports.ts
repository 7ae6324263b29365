// What the dialect needs from the relay.
import type { Keys } from '../../access/keys.ts';
import type { Clock } from '../../base/clock.ts';
import type { Device } from '../../delivery/device.ts';
import type { Clear } from '../../messages/clear.ts';
import type { KeySendPorts, KeySendSections } from '../kit/key-sends.ts';

/** The relay, as this dialect sees it. */
export interface BarkPorts extends KeySendPorts {
  readonly senderKeys: Pick<Keys, 'find'>;
  readonly clear: Clear;
  readonly devices: KeySendPorts['devices'] & { list(): readonly Device[] };
  readonly clock: Clock;
}

/** The sections of the config that the dialect reads. */
export interface BarkSections extends KeySendSections {
  readonly bark: { readonly enabled: boolean };
}
