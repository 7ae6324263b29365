// What the dialect needs from the relay.

import type { Authenticator } from '../../access/authenticator.ts';
import type { ForeignPages } from '../../access/foreign-pages.ts';
import type { Keys } from '../../access/keys.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Device } from '../../delivery/device.ts';
import type { MessageIds } from '../../delivery/message-id.ts';
import type { MessageLog } from '../../delivery/ports.ts';
import type { Attachments } from '../../messages/attachments/attachments.ts';
import type { Clear } from '../../messages/clear.ts';
import type { Documents } from '../../messages/documents.ts';
import type { EmergencyBounds } from '../../messages/emergency-options.ts';
import type { Publish } from '../../messages/publish.ts';
import type { Timed } from '../../messages/timed.ts';
import type { WatchCaller } from '../kit/caller-watch.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Listeners } from '../kit/listeners.ts';
import type { Admit } from '../kit/send-as.ts';
import type { Streams } from '../kit/stream.ts';
import type { StreamPlaces } from '../kit/stream-places.ts';
import type { Templates } from '../kit/templates.ts';

/** The relay, as this dialect sees it. */
export interface NtfyPorts {
  readonly publish: Publish;
  readonly timed: Pick<Timed, 'list' | 'cancelKey'>;
  readonly clear: Clear;
  readonly admit: Admit;
  readonly devices: { get(name: string): Device | undefined; groups(): string[] };
  readonly log: Pick<MessageLog, 'lastMid' | 'find' | 'ofTargets' | 'recentOfTargets' | 'markRead'>;
  /** Tells all pages which messages were read. */
  tellRead(mids: readonly string[]): void;
  readonly messageIds: MessageIds;
  readonly listeners: Listeners;
  readonly streams: Streams;
  readonly streamPlaces: StreamPlaces;
  readonly access: Authenticator;
  readonly foreignPages: ForeignPages;
  readonly senderKeys: Pick<Keys, 'find' | 'get' | 'create' | 'remove'>;
  /** Undefined if the relay takes no files. */
  readonly attachments: Pick<Attachments, 'receive' | 'maxSize'> | undefined;
  readonly documents: Documents;
  readonly templates: Pick<Templates, 'find' | 'read'>;
  /** The address of the relay with its prefix, as the caller reaches it. */
  publicUrl(request: Pick<HttpRequest, 'header'>): string;
  /** The first parts of the paths that others have. Known once every dialect was made. */
  claimedNames(): readonly string[];
  /** Tells when the credential of a caller may have ended. */
  readonly watchCaller: WatchCaller;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The sections of the config that the dialect reads. Times are in ms, sizes in bytes. */
export interface NtfySections {
  readonly ntfy: { readonly enabled: boolean; readonly messageSizeLimit: number };
  readonly http: {
    readonly verifyToken: boolean;
    readonly cors: boolean;
    readonly maxBody: number;
    readonly basePath: string;
  };
  readonly streams: { readonly keepalive: number; readonly maxBuffered: number };
  readonly storage: { readonly historyTtl: number };
  readonly emergencies: EmergencyBounds;
}
