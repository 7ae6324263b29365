// What the dialect needs from the relay.
import type { StatusNames } from '../../../shared/status.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import type { Keys } from '../../access/keys.ts';
import type { Clock } from '../../base/clock.ts';
import type { Device } from '../../delivery/device.ts';
import type { MessageLog } from '../../delivery/ports.ts';
import type { Documents } from '../../messages/documents.ts';
import type { Publish } from '../../messages/publish.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Admit } from '../kit/send-as.ts';

/** The relay, as this dialect sees it. */
export interface GotifyPorts {
  readonly publish: Publish;
  readonly admit: Admit;
  readonly devices: { get(name: string): Device | undefined };
  readonly log: Pick<MessageLog, 'lastMid' | 'find' | 'history'>;
  readonly access: Authenticator;
  readonly senderKeys: Pick<Keys, 'get' | 'list' | 'catchUp'>;
  readonly documents: Documents;
  /** The address of the relay with its prefix, as the caller reaches it. */
  publicUrl(request: Pick<HttpRequest, 'header'>): string;
  readonly clock: Clock;
}

/** The sections of the config that the dialect reads. Times are in ms, sizes in bytes. */
export interface GotifySections {
  readonly gotify: { readonly enabled: boolean; readonly backlogDelay: number };
  readonly http: {
    readonly cors: boolean;
    readonly hosts: readonly string[];
    readonly maxBody: number;
    readonly maxWaitTimeout: number;
  };
  readonly statusNames: StatusNames;
  readonly storage: { readonly historyTtl: number };
}
