// The ports of a real browser. Checks for every feature that a browser may lack.
import { isAppleMobile, type Platform } from './account/names.ts';
import type { BrowserPorts, InstallPort, PagePort } from './browser-ports.ts';
import { createWorker } from './browser-worker.ts';
import type { NotificationsPort } from './push/push.ts';
import type { SocketPort } from './sync/socket.ts';

/** The `beforeinstallprompt` event, which only Chromium has. */
interface InstallOffer extends Event {
  prompt(): Promise<unknown>;
}

interface UserAgentData {
  getHighEntropyValues(hints: readonly string[]): Promise<{ readonly model?: string }>;
}

function readPage(): PagePort {
  return {
    href: location.href.replace(/#.*$/s, ''),
    online: () => navigator.onLine,
    goTo(hash) {
      location.hash = hash;
    },
    reload: () => location.reload(),
    on(event, run) {
      if (event === 'away') {
        addEventListener('pagehide', run);
        return;
      }
      addEventListener('online', run);
      // A socket does not notice that the network is gone. `run` pings the relay, and the missing answer shows it.
      addEventListener('offline', run);
      addEventListener('pageshow', run);
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'visible') run();
      });
    },
  };
}

function readPlatform(): Platform {
  return {
    userAgent: navigator.userAgent,
    touch: navigator.maxTouchPoints > 1,
    async model() {
      const { userAgentData } = navigator as Navigator & { readonly userAgentData?: UserAgentData };
      return (await userAgentData?.getHighEntropyValues(['model']))?.model;
    },
  };
}

function readNotifications(
  platform: Platform,
  registered: Promise<ServiceWorkerRegistration | undefined>,
): NotificationsPort {
  const isInstalled =
    matchMedia('(display-mode: standalone)').matches ||
    (navigator as Navigator & { readonly standalone?: boolean }).standalone === true;
  return {
    secure: isSecureContext,
    mustInstall: isAppleMobile(platform) && !isInstalled,
    supported: 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window,
    permission: () => Notification.permission,
    requestPermission: () => Notification.requestPermission(),
    async manager() {
      // `ready` never resolves if the registration failed.
      return (await registered) === undefined ? undefined : (await navigator.serviceWorker.ready).pushManager;
    },
  };
}

function readInstaller(): InstallPort {
  return {
    onOffer(run) {
      addEventListener('beforeinstallprompt', (event) => {
        event.preventDefault();
        run(async () => {
          await (event as InstallOffer).prompt();
          run(undefined);
        });
      });
      addEventListener('appinstalled', () => run(undefined));
    },
  };
}

function setBadge(count: number): void {
  if (!('setAppBadge' in navigator)) return;
  // Rejects if the page is not installed, because it has no icon then.
  const done = count > 0 ? navigator.setAppBadge(count) : navigator.clearAppBadge();
  done.catch(() => {});
}

/** Creates the ports of this window, and registers the service worker. */
export function browserPorts(): BrowserPorts {
  const page = readPage();
  const platform = readPlatform();
  const { worker, registered } = createWorker(page);
  return {
    fetch: (input, init) => fetch(input, init),
    // A real WebSocket has wider event types than the port.
    openSocket: (url) => new WebSocket(url) as unknown as SocketPort,
    clock: {
      now: () => Date.now(),
      setTimeout: (run, ms) => setTimeout(run, ms),
      clearTimeout: (timer) => clearTimeout(timer as number),
    },
    random: () => Math.random(),
    page,
    createChannel: (name) => new BroadcastChannel(name),
    locks: 'locks' in navigator ? navigator.locks : undefined,
    platform,
    notifications: readNotifications(platform, registered),
    worker,
    installer: readInstaller(),
    storage: {
      estimate: async () => ('storage' in navigator ? navigator.storage.estimate() : {}),
      persist: async () => ('storage' in navigator ? navigator.storage.persist() : false),
    },
    setBadge,
  };
}
