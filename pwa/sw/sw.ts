// The service worker: serves the page offline, and handles pushes and clicks on notifications.
// This file only registers listeners. The files beside it do the work, with the parts of the model that need no page.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';
import { NavigationRoute, registerRoute } from 'workbox-routing';
import { isObject } from '../../shared/object.ts';
import { isMid } from '../src/model/message/read-message.ts';
import { createApi } from '../src/model/relay/api.ts';
import { createChannel } from '../src/model/store/channel.ts';
import { type Database, openDatabase, pageName } from '../src/model/store/database.ts';
import { type ClickWorkerPorts, handleClick } from './click.ts';
import type { NotificationPlan } from './notification.ts';
import { notifyAsked } from './notify.ts';
import { handlePush } from './push.ts';
import { renewSubscription } from './renew.ts';
import { receiveShare } from './share.ts';

declare const self: ServiceWorkerGlobalScope & {
  readonly __WB_MANIFEST: (string | { url: string; revision: string | null })[];
};

const page = self.registration.scope;
const name = pageName(page);
const channel = createChannel(new BroadcastChannel(name));
const { language } = self.navigator;
const clock = {
  now: () => Date.now(),
  setTimeout: (run: () => void, ms: number) => setTimeout(run, ms),
  clearTimeout: (timer: unknown) => clearTimeout(timer as number),
};
const api = createApi({
  fetch: (input, init) => fetch(input, init),
  online: () => self.navigator.onLine,
  page,
});

let opened: Promise<Database> | undefined;

/** Opens the database on first use. Opens it again after a failure, or after a newer page version made it close. */
function database(): Promise<Database> {
  const forget = () => {
    opened = undefined;
  };
  opened ??= openDatabase(name, forget).catch((error: unknown) => {
    forget();
    throw error;
  });
  return opened;
}

function show({ title, options }: NotificationPlan): Promise<void> {
  return self.registration.showNotification(title, options as unknown as NotificationOptions);
}

/** How many buttons of a notification the system shows. */
const maxActions = () => (Notification as { readonly maxActions?: number }).maxActions ?? 2;

async function isVisible(): Promise<boolean> {
  const windows = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  return windows.some(({ url, visibilityState }) => url.startsWith(page) && visibilityState === 'visible');
}

const notifications = () => self.registration.getNotifications();

async function setBadge(count: number): Promise<void> {
  if (!('setAppBadge' in self.navigator)) return;
  await (count > 0 ? self.navigator.setAppBadge(count) : self.navigator.clearAppBadge());
}

precacheAndRoute(self.__WB_MANIFEST);
cleanupOutdatedCaches();
// Serve the page only at its own address. Other addresses belong to the relay, and opening one may send a message.
const path = new URL(page).pathname.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const allowlist = [new RegExp(`^${path}(?:index\\.html)?(?:\\?.*)?$`)];
registerRoute(new NavigationRoute(createHandlerBoundToURL('index.html'), { allowlist }));

registerRoute(
  ({ url }) => url.href === `${page}share`,
  ({ request }) => receiveShare(request, page, caches),
  'POST',
);

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => {
  const data: unknown = event.data;
  if ((data as { readonly type?: unknown } | null)?.type === 'SKIP_WAITING') void self.skipWaiting();
  if (!isObject(data) || data['kind'] !== 'notify') return;
  const { accountId, mid } = data;
  if (typeof accountId !== 'string' || !isMid(mid) || Notification.permission !== 'granted') return;
  const ports = { database, isVisible, now: clock.now, page, language, maxActions: maxActions(), show };
  event.waitUntil(notifyAsked(accountId, mid, ports).catch(() => {}));
});

self.addEventListener('push', (event) => {
  const text = event.data?.text();
  const ports = {
    database,
    channel,
    api,
    clock,
    page,
    language,
    maxActions: maxActions(),
    show,
    notifications,
    setBadge,
  };
  event.waitUntil(handlePush(text, ports));
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const ports: ClickWorkerPorts = {
    page,
    language,
    fetch: (input, init) => fetch(input, init),
    database,
    api,
    channel,
    clock,
    setBadge,
    windows: () => self.clients.matchAll({ type: 'window', includeUncontrolled: true }),
    openWindow: (url) => self.clients.openWindow(url),
    show,
  };
  event.waitUntil(handleClick(event.notification.data, event.action, ports));
});

self.addEventListener('pushsubscriptionchange', (event) => {
  const { pushManager: manager } = self.registration;
  const renewed = renewSubscription({ database, manager, api, channel, clock, page });
  (event as ExtendableEvent).waitUntil(renewed);
});
