// What the dialect needs from the relay.

import type { Status, StatusNames } from '../../../shared/status.ts';
import type { Authenticator } from '../../access/authenticator.ts';
import type { BodyBudget } from '../../access/body-budget.ts';
import type { DeviceAuth } from '../../access/device-auth.ts';
import type { ForeignPages } from '../../access/foreign-pages.ts';
import type { NameHolders } from '../../access/name-holders.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { App } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import type { Device } from '../../delivery/device.ts';
import type { Registration } from '../../delivery/devices.ts';
import type { Settlement } from '../../delivery/ports.ts';
import type { Answers } from '../../messages/answers.ts';
import type { AskQuestion } from '../../messages/ask.ts';
import type { Attachments } from '../../messages/attachments/attachments.ts';
import type { Beats } from '../../messages/beats.ts';
import type { EmergencyBounds } from '../../messages/emergency-options.ts';
import type { Publish } from '../../messages/publish.ts';
import type { WatchCaller } from '../kit/caller-watch.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import type { Admit } from '../kit/send-as.ts';
import type { Streams } from '../kit/stream.ts';
import type { StreamPlaces } from '../kit/stream-places.ts';
import type { AuthKeys } from './packets.ts';

/** The relay, as this dialect sees it. */
export interface MpushPorts {
  readonly publish: Publish;
  readonly ask: AskQuestion;
  readonly answers: Pick<Answers, 'get' | 'answer' | 'wait' | 'cancel'>;
  readonly streams: Pick<Streams, 'held'>;
  readonly streamPlaces: StreamPlaces;
  readonly beats: Pick<Beats, 'sign' | 'ping'>;
  readonly admit: Admit;
  readonly devices: DevicesPort;
  readonly access: Authenticator;
  readonly foreignPages: ForeignPages;
  readonly bodyBudget: BodyBudget;
  /** Undefined if the relay takes no files. */
  readonly attachments: Pick<Attachments, 'receive' | 'maxSize'> | undefined;
  /** The address of the relay with its prefix, as the caller reaches it. */
  publicUrl(request: HttpRequest): string;
  readonly auth: Pick<DeviceAuth, 'sign'>;
  readonly nameHolders: NameHolders;
  readonly channels: Pick<Channels, 'subscribe' | 'unsubscribe' | 'disconnect' | 'publish' | 'subscriptionCount'>;
  readonly relayApp: App;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Calls the listener whenever a delivery gets a higher status. */
  onStatus(listener: (mid: string, device: string, status: Status) => void): void;
  /** Calls the listener whenever a device is removed. */
  onRemoved(listener: (name: string) => void): void;
  /** Calls the listener when what was opened with the token of the relay or of a device has to show one again. */
  onTokensEnded(listener: () => void): void;
  /** Calls the listener when what was opened with a key has to end. */
  onKeyEnded(listener: (name: string) => void): void;
  /** Tells when the credential of a caller may have ended. */
  readonly watchCaller: WatchCaller;
  /** Keys that a device needs to register for push. A key is `""` if that kind of push is not set up. */
  readonly keys: AuthKeys;
}

/** Devices and their deliveries. Promises resolve when the change is durable. */
export interface DevicesPort {
  get(name: string): Device | undefined;
  list(): Device[];
  groups(): string[];
  /** Registers a device, or gives a known one these groups and this route. */
  register(registration: Registration, proof?: () => unknown): Promise<Device>;
  /**
   * Adds a route to a known device. False when that transport is off.
   * @param proof throws once the caller may no longer speak for the device
   */
  addRoute(name: string, transport: string, address: unknown, proof?: () => unknown): Promise<boolean>;
  /** The device has the message. */
  acknowledge(mid: string, name: string): Promise<boolean>;
  /** The same without a promise. */
  acknowledged(mid: string, name: string, told: Settlement): void;
  /** The device's service worker has shown the message. */
  receipt(mid: string, name: string): void;
  /** Forgets the device: its routes, its queue, its tokens. @param by the device that asks for it */
  remove(name: string, by: string): Promise<boolean>;
}

/** The sections of the config that the dialect reads. Times are in ms, sizes in bytes. */
export interface MpushConfig {
  readonly http: {
    readonly verifyToken: boolean;
    readonly waitTimeout: number;
    readonly maxWaitTimeout: number;
    readonly strict: boolean;
    readonly cors: boolean;
    readonly maxBody: number;
  };
  readonly websocket: {
    readonly verifyToken: boolean;
    readonly authTimeout: number;
    readonly waitTimeout: number;
  };
  readonly schedule: {
    readonly maxDelay: number;
  };
  readonly answers: {
    readonly maxWait: number;
    readonly allowPrivateCallbacks: boolean;
  };
  readonly emergencies: EmergencyBounds;
  readonly statusNames: StatusNames;
}
