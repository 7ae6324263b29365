// The parts of the browser that the model uses. Tests replace them.
import type { Platform } from './account/names.ts';
import type { Clock } from './clock.ts';
import type { NotificationsPort } from './push/push.ts';
import type { ChannelPort } from './store/channel.ts';
import type { LocksPort } from './sync/leader.ts';
import type { SocketPort } from './sync/socket.ts';

/** The window with this page. */
export interface PagePort {
  /** The address of the page, without the hash. */
  readonly href: string;
  online(): boolean;
  /** Navigates inside the page, for example to `#message=…`. */
  goTo(hash: string): void;
  reload(): void;
  /** `back`: the network changed, or the page is visible again. `away`: the browser hides or closes the page. */
  on(event: 'back' | 'away', run: () => void): void;
}

/** The service worker, as its page sees it. */
export interface WorkerPort {
  /** Calls `run` when a new version is waiting. */
  onUpdate(run: () => void): void;
  /** Activates the new version and reloads the page. */
  update(): void;
  /** Calls `run` when a person clicks a notification and this window should show its message, the field for its answer, or the list. */
  onOpen(run: (accountId: string, mid: string, toAnswer: boolean) => void, showList: () => void): void;
  /** Shows the notification of a question that came over the socket. The relay pushes nothing to a page that is connected. */
  notify(accountId: string, mid: string): void;
  /** Closes the notifications of these messages. */
  closeNotifications(ids: readonly (readonly [accountId: string, mid: string])[]): void;
}

/** The browser's offer to install the page. */
export interface InstallPort {
  /** Calls `run` with a function that shows the install prompt, and with undefined when the offer is over. */
  onOffer(run: (ask: (() => Promise<void>) | undefined) => void): void;
}

/** Storage space. */
export interface StoragePort {
  estimate(): Promise<{ readonly usage?: number; readonly quota?: number }>;
  /** Asks the browser to keep the data when space gets low. */
  persist(): Promise<unknown>;
}

/** All ports. Apart from them, the model uses only IndexedDB. */
export interface BrowserPorts {
  readonly fetch: typeof fetch;
  readonly openSocket: (url: string) => SocketPort;
  readonly clock: Clock;
  readonly random: () => number;
  readonly page: PagePort;
  readonly createChannel: (name: string) => ChannelPort;
  /** Undefined if the browser has no lock manager. */
  readonly locks: LocksPort | undefined;
  readonly platform: Platform;
  readonly notifications: NotificationsPort;
  readonly worker: WorkerPort;
  readonly installer: InstallPort;
  readonly storage: StoragePort;
  /** Shows the number of unread messages on the app's icon. */
  readonly setBadge: (count: number) => void;
}
