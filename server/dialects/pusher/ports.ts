// What the dialect needs from the relay: the channel core and, for devices, the delivery core.
import type { Authenticator } from '../../access/authenticator.ts';
import type { BodyBudget } from '../../access/body-budget.ts';
import type { Guards } from '../../access/guards.ts';
import type { EventReport, ReportDetails } from '../../app-webhooks/event-report.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { App } from '../../channel/app.ts';
import type { Apps } from '../../channel/apps.ts';
import type { Channels } from '../../channel/channels.ts';
import type { Terminations } from '../../channel/terminations.ts';
import type { Users } from '../../channel/users.ts';
import type { Device } from '../../delivery/device.ts';
import type { Registration } from '../../delivery/devices.ts';
import type { Socket } from '../dialect.ts';

/** The relay, as this dialect sees it. */
export interface PusherPorts {
  readonly apps: Pick<Apps, 'byId' | 'byKey' | 'list' | 'onChange'>;
  /**
   * Resolves when this node knows the apps that other nodes made before the call. Undefined when there are no other nodes.
   * @throws RelayError `unavailable` (rejects) when that cannot be found out now
   */
  readonly lookUpApps: (() => Promise<void>) | undefined;
  /** Whether other nodes may sign for sockets of this node. */
  readonly isShared: boolean;
  readonly channels: Channels;
  readonly users: Users<Socket>;
  readonly terminations: Terminations;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly relayApp: App;
  readonly access: Authenticator;
  readonly bodyBudget: BodyBudget;
  readonly guards: Pick<Guards, 'answers' | 'rates' | 'places'>;
  readonly devices: {
    get(name: string): Device | undefined;
    register(registration: Registration, proof?: () => unknown): Promise<Device>;
    acknowledge(mid: string, name: string): Promise<boolean>;
  };
  /** Sends the backlog of a device at once, because another of its sockets has joined. */
  wake(device: string): void;
  /** Whether the relay is shutting down. Then no one would get an event. */
  draining(): boolean;
  /** Calls the listener for every device that is removed. */
  onRemoved(listener: (name: string) => void): void;
  /** Calls the listener when sockets of devices have to show a token again. */
  onTokensEnded(listener: () => void): void;
  /** Reports an event to the app's webhooks. The relay itself reports what happens to channels and members. */
  report(app: App, event: EventReport, details?: ReportDetails): void;
}

/** The parts of the config that the dialect reads; sizes in bytes, times in ms. */
export interface PusherConfig {
  readonly http: {
    readonly basePath: string;
    readonly maxBody: number;
    readonly trustProxy: boolean;
    readonly cors: boolean;
  };
  readonly websocket: { readonly verifyToken: boolean; readonly authTimeout: number; readonly maxPayload: number };
}
