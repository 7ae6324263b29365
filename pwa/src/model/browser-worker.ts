// Registers the service worker, updates it, and receives its messages. workbox-window tracks whether a new version is
// waiting. It loads after the first paint.

import { isObject } from '../../../shared/object.ts';
import type { PagePort, WorkerPort } from './browser-ports.ts';
import { isMid } from './message/read-message.ts';

/** The built service worker, beside the page. */
const SCRIPT = 'sw.js';
/** A page that stays open looks for a new version at most this often, in ms. */
const UPDATE_EVERY = 3_600_000;

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** Under Trusted Types, the URL of a script needs a policy. This one allows a single URL. */
function scriptUrl(): string {
  const { trustedTypes } = window as Window & { readonly trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return SCRIPT;
  return trustedTypes.createPolicy('herald', { createScriptURL: () => SCRIPT }).createScriptURL(SCRIPT);
}

async function register(page: PagePort, waits: () => void, isAsked: () => boolean) {
  if (!('serviceWorker' in navigator)) return undefined;
  const { Workbox } = await import('workbox-window');
  const workbox = new Workbox(scriptUrl());
  workbox.addEventListener('waiting', waits);
  workbox.addEventListener('controlling', ({ isUpdate }) => {
    // If another tab asked for the update, this one offers to reload instead of interrupting the person. A page that was
    // loaded while the first version was only starting has no controller: then even the second version is no update.
    if (isAsked()) page.reload();
    else if (isUpdate === true) waits();
  });
  const registration = await workbox.register();
  let updatedAt = Date.now();
  page.on('back', () => {
    if (Date.now() - updatedAt < UPDATE_EVERY) return;
    updatedAt = Date.now();
    workbox.update().catch(() => {});
  });
  return registration === undefined ? undefined : { workbox, registration };
}

/** Registers the service worker. `registered` resolves to undefined if that fails. */
export function createWorker(page: PagePort): {
  readonly worker: WorkerPort;
  readonly registered: Promise<ServiceWorkerRegistration | undefined>;
} {
  let waits = () => {};
  let isWaiting = false;
  let isAsked = false;
  const started = register(
    page,
    () => {
      isWaiting = true;
      waits();
    },
    () => isAsked,
  ).catch(() => undefined);

  const worker: WorkerPort = {
    onUpdate(run) {
      waits = run;
      if (isWaiting) run();
    },
    update() {
      isAsked = true;
      void started.then((found) => {
        if (found?.registration.waiting) found.workbox.messageSkipWaiting();
        else page.reload();
      });
    },
    onOpen(run, showList) {
      if (!('serviceWorker' in navigator)) return;
      navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        if (isObject(data) && data['kind'] === 'list') showList();
        if (!isObject(data) || data['kind'] !== 'open') return;
        const { accountId, mid, toAnswer } = data;
        if (typeof accountId === 'string' && isMid(mid)) run(accountId, mid, toAnswer === true);
      });
      navigator.serviceWorker.startMessages();
    },
    notify(accountId, mid) {
      void started.then((found) => found?.registration.active?.postMessage({ kind: 'notify', accountId, mid }));
    },
    closeNotifications(ids) {
      void started.then(async (found) => {
        const closed = new Set(ids.map(([accountId, mid]) => `${accountId}/${mid}`));
        for (const notification of (await found?.registration.getNotifications()) ?? []) {
          const data: unknown = notification.data;
          if (!isObject(data)) continue;
          // A person who reads a message has seen the list.
          if (data['isDigest'] === true || closed.has(`${data['accountId']}/${data['mid']}`)) notification.close();
        }
      });
    },
  };
  return { worker, registered: started.then((found) => found?.registration) };
}
