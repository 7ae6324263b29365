// A fake desktop: a private session bus that has only the notification service. A browser that is started with its
// address shows its notifications here, and takes a click here for the click of a person.
// Not here: browsers. No test lives here.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBus } from './bus.ts';

const CLOSED_BY_PERSON = 2;
const CLOSED_BY_CALL = 3;

/** A notification as the browser asked for it. */
export interface DesktopNotification {
  readonly id: number;
  readonly title: string;
  /** In Chromium, the first line is the origin of the page. */
  readonly body: string;
  /** What a person can click; `default` is the notification itself. */
  readonly actions: readonly { readonly key: string; readonly label: string }[];
  readonly hints: Readonly<Record<string, unknown>>;
}

/** Whether a notification is the wanted one. */
export type Matches = (notification: DesktopNotification) => boolean;

/** A running desktop. */
export interface FakeDesktop {
  /** The address for the environment of a browser. */
  readonly env: { readonly DBUS_SESSION_BUS_ADDRESS: string };
  /** The notifications on the screen, by id. */
  readonly notifications: ReadonlyMap<number, DesktopNotification>;
  /** All notifications that were ever shown, the oldest first. Each replacement is an entry of its own. */
  readonly history: readonly DesktopNotification[];
  /** The first notification on the screen, now or later, that matches. Rejects after `timeoutMs`. */
  waitFor(matches: Matches, timeoutMs?: number): Promise<DesktopNotification>;
  /** Clicks the notification, or the button with this label. */
  click(notification: DesktopNotification, button?: string): void;
  /** Dismisses the notification, as a person does. */
  dismiss(notification: DesktopNotification): void;
  stop(): Promise<void>;
}

/** Starts a desktop on a socket in a directory of its own. */
export async function startFakeDesktop(): Promise<FakeDesktop> {
  const directory = await mkdtemp(join(tmpdir(), 'herald-desktop-'));
  const socketPath = join(directory, 'bus');
  const notifications = new Map<number, DesktopNotification>();
  const history: DesktopNotification[] = [];
  const watchers = new Set<(notification: DesktopNotification) => void>();
  let lastId = 0;

  function close(id: number, reason: number): void {
    if (notifications.delete(id)) bus.signal('NotificationClosed', 'uu', [id, reason]);
  }

  const name = 'org.freedesktop.Notifications';
  const bus = await startBus(socketPath, name, '/org/freedesktop/Notifications', {
    GetServerInformation: () => ['ssss', 'fake-desktop', 'test', '1', '1.2'],
    GetCapabilities: () => ['as', ['actions', 'body', 'persistence']],
    Notify(
      _app: string,
      replaced: number,
      _icon: string,
      title: string,
      body: string,
      pairs: string[],
      hints: Record<string, unknown>,
    ) {
      const id = replaced === 0 ? lastId + 1 : replaced;
      lastId = Math.max(lastId, id);
      const actions = pairs.flatMap((key, at) => (at % 2 === 0 ? [{ key, label: pairs[at + 1] ?? '' }] : []));
      const notification = { id, title, body, actions, hints };
      notifications.set(id, notification);
      history.push(notification);
      for (const watch of [...watchers]) watch(notification);
      return ['u', id];
    },
    CloseNotification(id: number) {
      close(id, CLOSED_BY_CALL);
      return [''];
    },
  });

  return {
    env: { DBUS_SESSION_BUS_ADDRESS: `unix:path=${socketPath}` },
    notifications,
    history,
    waitFor(matches, timeoutMs = 30_000) {
      const shown = [...notifications.values()].find(matches);
      if (shown !== undefined) return Promise.resolve(shown);
      return new Promise((resolve, reject) => {
        const stop = () => {
          clearTimeout(timer);
          watchers.delete(watch);
        };
        const watch = (notification: DesktopNotification) => {
          if (!matches(notification)) return;
          stop();
          resolve(notification);
        };
        const timer = setTimeout(() => {
          stop();
          const titles = history.map(({ title }) => title).join(', ');
          reject(new Error(`no notification matched ${matches} within ${timeoutMs} ms; there were: ${titles}`));
        }, timeoutMs);
        watchers.add(watch);
      });
    },
    click({ id, actions }, button) {
      const action = actions.find(({ key, label }) => (button === undefined ? key === 'default' : label === button));
      if (action === undefined) throw new Error(`the notification has no action ${button ?? 'default'}`);
      bus.signal('ActionInvoked', 'us', [id, action.key]);
    },
    dismiss: ({ id }) => close(id, CLOSED_BY_PERSON),
    async stop() {
      await bus.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
