// What the dialect needs from the relay.
import type { StatusNames } from '../../../shared/status.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import type { ForeignPages } from '../../access/foreign-pages.ts';
import type { Clock } from '../../base/clock.ts';
import type { KeySendPorts, KeySendSections } from '../kit/key-sends.ts';

/** The relay, as this dialect sees it. */
export interface HooksPorts extends KeySendPorts {
  readonly access: Pick<Authenticator, 'key' | 'authenticate'>;
  readonly foreignPages: ForeignPages;
  readonly clock: Pick<Clock, 'now'>;
}

/** The sections of the config that the dialect reads. */
export interface HooksSections extends KeySendSections {
  readonly senderHooks: { readonly enabled: boolean };
  readonly statusNames: StatusNames;
}
