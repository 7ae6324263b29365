// What the dialect needs from the relay.
import type { StatusNames } from '../../../shared/status.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import type { ForeignPages } from '../../access/foreign-pages.ts';
import type { KeyUse } from '../../access/key-usage.ts';
import type { Clock } from '../../base/clock.ts';
import type { KeySendPorts, KeySendSections } from '../kit/key-sends.ts';
import type { LastPayloads } from '../kit/last-payloads.ts';
import type { Templates } from '../kit/templates.ts';

/** The relay, as this dialect sees it. */
export interface HooksPorts extends KeySendPorts {
  readonly access: Pick<Authenticator, 'key' | 'authenticate'>;
  readonly foreignPages: ForeignPages;
  readonly clock: Pick<Clock, 'now'>;
  readonly lastPayloads: Pick<LastPayloads, 'keep'>;
  /** Counts and tells a use of a key that sends nothing. */
  noteKeyUse(name: string, use: KeyUse): void;
  readonly templates: Pick<Templates, 'find' | 'read'>;
}

/** The sections of the config that the dialect reads. */
export interface HooksSections extends KeySendSections {
  readonly senderHooks: { readonly enabled: boolean };
  readonly statusNames: StatusNames;
}
