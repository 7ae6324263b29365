// What the model is made of: the browser, piece by piece, so that tests can put something else in the place of each.
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
  /** A new version waits for its turn. */
  onUpdate(run: () => void): void;
  /** Lets the new version take its turn; the page is loaded anew then. */
  update(): void;
  /** A notification was clicked, and this window is to show its message. */
  onOpen(run: (accountId: string, mid: string) => void): void;
  /** Closes the notifications of these messages, which were read. */
  closeNotifications(ids: readonly (readonly [accountId: string, mid: string])[]): void;
}

/** The browser's offer to install the page. */
export interface InstallPort {
  /** Called with what asks the person, and with undefined when the offer is over. */
  onOffer(run: (ask: (() => Promise<void>) | undefined) => void): void;
}

/** Room for data. */
export interface StoragePort {
  estimate(): Promise<{ readonly usage?: number; readonly quota?: number }>;
  /** Asks the browser to keep the data when room gets short. */
  persist(): Promise<unknown>;
}

/** Everything. IndexedDB alone is taken as it is. */
export interface BrowserPorts {
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string) => SocketPort;
  readonly clock: Clock;
  readonly random: () => number;
  readonly page: PagePort;
  readonly createChannel: (name: string) => ChannelPort;
  /** Undefined where the browser has none. */
  readonly locks: LocksPort | undefined;
  readonly platform: Platform;
  readonly notifications: NotificationsPort;
  readonly worker: WorkerPort;
  readonly installer: InstallPort;
  readonly storage: StoragePort;
  /** Shows how many messages are unread on the app's icon. */
  readonly setBadge: (count: number) => void;
}
