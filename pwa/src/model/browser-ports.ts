// The parts of the browser that the model uses. Tests replace them.
import type { Platform } from './account/names.ts';
import type { Clock } from './clock.ts';
import type { NotificationsPort } from './push/push.ts';
import type { ChannelPort } from './store/channel.ts';
import type { LocksPort } from './sync/leader.ts';
import type { SocketPort } from './sync/socket.ts';

/** The window with this page. */
export interface PagePort {
  /** Its address without what follows `#`. */
  readonly href: string;
  online(): boolean;
  /** Goes to a place inside the page, such as `#message=…`. */
  goTo(hash: string): void;
  reload(): void;
  /** `back`: the network or the person is back; `away`: the page is being left. */
  on(event: 'back' | 'away', run: () => void): void;
}

/** The service worker, as its page sees it. */
export interface WorkerPort {
  /** Called when a new version is waiting. */
  onUpdate(run: () => void): void;
  /** Activates the new version and reloads the page. */
  update(): void;
  /** Called when a notification was clicked whose message this window should show. */
  onOpen(run: (accountId: string, mid: string) => void): void;
  /** Closes the notifications of these messages. */
  closeNotifications(ids: readonly (readonly [accountId: string, mid: string])[]): void;
}

/** The browser's offer to install the page. */
export interface InstallPort {
  /** Called with a function that shows the prompt, and with undefined when it is no longer available. */
  onOffer(run: (ask: (() => Promise<void>) | undefined) => void): void;
}

/** Storage space. */
export interface StoragePort {
  estimate(): Promise<{ readonly usage?: number; readonly quota?: number }>;
  /** Asks the browser to keep the data when space gets low. */
  persist(): Promise<unknown>;
}

/** All parts. Only IndexedDB is used directly. */
export interface BrowserPorts {
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string) => SocketPort;
  readonly clock: Clock;
  readonly random: () => number;
  readonly page: PagePort;
  readonly createChannel: (name: string) => ChannelPort;
  /** Undefined if the browser has none. */
  readonly locks: LocksPort | undefined;
  readonly platform: Platform;
  readonly notifications: NotificationsPort;
  readonly worker: WorkerPort;
  readonly installer: InstallPort;
  readonly storage: StoragePort;
  /** Shows how many messages are unread on the app's icon. */
  readonly setBadge: (count: number) => void;
}
