// What the dialect needs from the relay.
import type { StatusNames } from '../../../shared/status.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import type { Key, Keys } from '../../access/keys.ts';
import type { PairingCodes } from '../../access/pairing-codes.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { App } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import type { Deletion } from '../../delivery/deletion.ts';
import type { Device } from '../../delivery/device.ts';
import type { MessageIds } from '../../delivery/message-id.ts';
import type { MessageLog, Settlement } from '../../delivery/ports.ts';
import type { Documents } from '../../messages/documents.ts';
import type { Publish } from '../../messages/publish.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Admit } from '../kit/send-as.ts';
import type { StreamPlaces } from '../kit/stream-places.ts';

/** The relay, as this dialect sees it. */
export interface GotifyPorts {
  readonly publish: Publish;
  readonly admit: Admit;
  readonly devices: {
    get(name: string): Device | undefined;
    catchUp(): Promise<void>;
    remove(name: string, by?: string): Promise<boolean>;
    acknowledge(mid: string, name: string): Promise<boolean>;
    acknowledged(mid: string, name: string, told: Settlement): void;
  };
  readonly log: Pick<MessageLog, 'lastMid' | 'find' | 'history' | 'recent' | 'markRead'>;
  readonly messageIds: MessageIds;
  readonly deletion: Pick<Deletion, 'remove'>;
  /** Tells all pages which messages were read. */
  tellRead(mids: readonly string[]): void;
  readonly access: Authenticator;
  readonly senderKeys: Pick<Keys, 'get' | 'list' | 'catchUp' | 'create' | 'change' | 'rotate' | 'remove'>;
  /** Registers the default device of a key. */
  registerKeyDevice(key: Key): Promise<void>;
  readonly pairings: Pick<PairingCodes, 'find' | 'redeem'>;
  readonly channels: Pick<Channels, 'subscribe' | 'disconnect'>;
  readonly relayApp: App;
  readonly streamPlaces: StreamPlaces;
  /** Calls the listener whenever the tokens of a device end. */
  onRemoved(listener: (name: string) => void): void;
  /** Calls the listener when what was opened with a key has to end. */
  onKeyEnded(listener: (name: string) => void): void;
  readonly documents: Documents;
  /** The address of the relay with its prefix, as the caller reaches it. */
  publicUrl(request: Pick<HttpRequest, 'header'>): string;
  readonly version: string;
  readonly clock: Clock;
  readonly logger: Logger;
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
