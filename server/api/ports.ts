// What the relay's own interface needs from the relay.

import type { FileHandle } from 'node:fs/promises';
import type { AppInfo, KeyEvent, LogLineInfo, NewAppKey } from '../../shared/api.ts';
import type { StatusNames } from '../../shared/status.ts';
import type { Authenticator } from '../access/authenticator.ts';
import type { DeviceAuth } from '../access/device-auth.ts';
import type { ForeignPages } from '../access/foreign-pages.ts';
import type { PlaceStore } from '../access/guards.ts';
import type { KeyUse } from '../access/key-usage.ts';
import type { Key, Keys } from '../access/keys.ts';
import type { NameHolders } from '../access/name-holders.ts';
import type { PairingCodes } from '../access/pairing-codes.ts';
import type { RelayToken } from '../access/relay-token.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { MaybePromise } from '../base/maybe-promise.ts';
import type { App } from '../channel/app.ts';
import type { Apps } from '../channel/apps.ts';
import type { Channels } from '../channel/channels.ts';
import type { EventTap } from '../channel/event-tap.ts';
import type { Announce } from '../delivery/announce.ts';
import type { Device } from '../delivery/device.ts';
import type { Registration } from '../delivery/devices.ts';
import type { MessageIds } from '../delivery/message-id.ts';
import type { MessageLog, Outcome, Settlement } from '../delivery/ports.ts';
import type { Send } from '../delivery/send.ts';
import type { WatchCaller } from '../dialects/kit/caller-watch.ts';
import type { HttpRequest } from '../dialects/kit/http-message.ts';
import type { LastPayloads } from '../dialects/kit/last-payloads.ts';
import type { Listeners } from '../dialects/kit/listeners.ts';
import type { Streams } from '../dialects/kit/stream.ts';
import type { StreamPlaces } from '../dialects/kit/stream-places.ts';
import type { Templates } from '../dialects/kit/templates.ts';
import type { Alerts } from '../messages/alerts.ts';
import type { Answers } from '../messages/answers.ts';
import type { Attachments } from '../messages/attachments/attachments.ts';
import type { Beats } from '../messages/beats.ts';
import type { Clear } from '../messages/clear.ts';
import type { DeliveryTrace } from '../messages/delivery-trace.ts';
import type { QuietKeeper } from '../messages/digest.ts';
import type { Recent } from '../messages/recent.ts';
import type { Timed } from '../messages/timed.ts';
import type { Nodes, SharedRedis } from '../nodes.ts';
import type { AddressSections } from './key-addresses.ts';

/** What a device is doing now. */
export interface DevicePresence {
  /** Whether it has a socket. */
  readonly online: boolean;
  /** How many of its deliveries are not settled. */
  readonly queued: number;
}

/** What it uses from the relay. */
export interface ApiPorts {
  readonly devices: {
    get(name: string): Device | undefined;
    list(): Device[];
    groups(): string[];
    register(registration: Registration, proof?: () => unknown): Promise<Device>;
    change(name: string, change: (device: Device) => Device, proof?: () => unknown): Promise<Device | undefined>;
    rename(name: string, to: string, proof?: () => unknown): Promise<Device | undefined>;
    remove(name: string, by?: string): Promise<boolean>;
    setManage(name: string, grant: string | undefined, proof?: () => unknown): Promise<Device | undefined>;
    acknowledge(mid: string, name: string): Promise<boolean>;
    acknowledged(mid: string, name: string, told: Settlement): void;
  };
  readonly log: Pick<
    MessageLog,
    | 'lastMid'
    | 'history'
    | 'recent'
    | 'ofTargets'
    | 'recentOfTargets'
    | 'find'
    | 'latest'
    | 'lastReceived'
    | 'markRead'
    | 'areRead'
    | 'reads'
  >;
  /** What became of deliveries step by step. */
  readonly trace: Pick<DeliveryTrace, 'steps' | 'answers'>;
  /** The last warnings and errors of all nodes. */
  readonly logLines: Pick<Recent<LogLineInfo>, 'read'>;
  /**
   * Makes a backup, an open file without a name.
   * @throws RelayError `conflict` while another one is made, `unavailable` if it could not be made
   */
  makeBackup(): Promise<FileHandle>;
  /** Sends a draft as it is, without alerts and options. */
  readonly send: Send;
  readonly messageIds: MessageIds;
  readonly access: Authenticator;
  /** Undefined if the relay takes no files. */
  readonly attachments: Attachments | undefined;
  /** The address of the relay with its prefix, as the caller reaches it. */
  publicUrl(request: HttpRequest): string;
  readonly auth: Pick<DeviceAuth, 'sign' | 'isOwnerOnly'>;
  readonly pairings: PairingCodes;
  readonly nodes: Pick<Nodes, 'self' | 'list'>;
  readonly redis: Pick<SharedRedis, 'info'> | undefined;
  readonly logger: Logger;
  readonly version: string;
  readonly keys: { readonly webpushPublicKey: string };
  readonly channels: Pick<
    Channels,
    'publish' | 'subscribe' | 'disconnect' | 'occupied' | 'subscriptionCount' | 'userCount'
  >;
  /** Whether other nodes share the backend. */
  readonly isShared: boolean;
  readonly nameHolders: NameHolders;
  readonly foreignPages: ForeignPages;
  readonly listeners: Listeners;
  readonly streams: Streams;
  readonly streamPlaces: StreamPlaces;
  readonly clock: Clock;
  /** Tells when the credential of a caller may have ended. */
  readonly watchCaller: WatchCaller;
  readonly relayToken: Pick<RelayToken, 'rotate'>;
  /** Calls the listener when what was opened with the token of the relay or of a device has to show one again. */
  onTokensEnded(listener: () => void): void;
  /** The keys of senders. */
  readonly senderKeys: Pick<Keys, 'get' | 'list' | 'create' | 'change' | 'rotate' | 'remove' | 'onChange' | 'catchUp'>;
  /** Calls the listener for each use of a key on this node. */
  onKeyUse(listener: (name: string, use: KeyUse, at: number) => void): void;
  /** Registers the default device of a key. */
  registerKeyDevice(key: Key): Promise<void>;
  readonly apps: Pick<Apps, 'list' | 'byId' | 'onChange'>;
  /** Who watches the events of apps on this node. */
  readonly eventTap: EventTap;
  readonly guards: { readonly places: Pick<PlaceStore, 'count'> };
  readonly templates: Templates;
  /**
   * Sends the relay a request of its own, over a socket. @param request its path is without the prefix
   * @throws RelayError `unavailable` (rejects) if the relay does not reach itself
   */
  requestSelf(request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string | undefined;
  }): Promise<{ readonly status: number; readonly body: string }>;
  readonly lastPayloads: Pick<LastPayloads, 'find'>;
  readonly appRegistry: AppRegistryPort;
  readonly relayApp: App;
  readonly alerts: Pick<Alerts, 'get' | 'list' | 'close'>;
  readonly timed: Pick<Timed, 'get' | 'list' | 'change' | 'cancel' | 'skip' | 'run'>;
  readonly beats: Pick<Beats, 'get' | 'list' | 'change' | 'pause' | 'remove'>;
  readonly answers: Pick<Answers, 'get' | 'list' | 'answer' | 'cancel' | 'follow' | 'idOfToken' | 'renamed'>;
  readonly clear: Clear;
  readonly quiet: Pick<QuietKeeper, 'preset' | 'stateOf' | 'changed'>;
  /** Tells the pages of the recipients what happened to the messages of a key. */
  tellKey(event: KeyEvent): void;
  /** Sends the owner's other devices a notice. */
  readonly announce: Announce;
  /** The address at which other machines of the network reach this one, for a page at `localhost`. Undefined if they cannot. */
  hostForOthers(): string | undefined;
  /** What the devices are doing on all nodes, in the order of the names. */
  presence(devices: readonly string[]): MaybePromise<readonly DevicePresence[]>;
  /** Pushes a test message to the device, bypassing its queue. A text says why there is none: no subscription, or push is off. */
  checkPush(device: Device): Promise<{ readonly mid: string; readonly outcome: Outcome } | 'no_subscription' | 'off'>;
}

/** Changes the apps of the channel core. */
export interface AppRegistryPort {
  /** Each app without its secrets. */
  list(): readonly AppInfo[];
  create(settings: Readonly<Record<string, unknown>>): Promise<NewAppKey>;
  remove(id: string): Promise<void>;
  /** @param keep how long older keys stay valid, in ms */
  rotate(id: string, keep: number | undefined): Promise<NewAppKey>;
}

/** The parts of the config that the interface reads. */
export interface ApiConfig extends AddressSections {
  readonly statusNames: StatusNames;
  readonly http: {
    readonly cors: boolean;
    readonly url?: string | undefined;
    readonly trustProxy: boolean;
    readonly tls?: object | undefined;
  };
  readonly devices: { readonly mayPair: boolean };
  readonly streams: { readonly keepalive: number; readonly maxBuffered: number };
  readonly schedule: { readonly maxDelay: number };
  /** The configured targets of webhooks. */
  readonly webhook: { readonly clients: readonly { readonly name: string; readonly url: string }[] };
}
