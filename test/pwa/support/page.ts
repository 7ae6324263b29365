// A page without a browser: the model over real fetch, real sockets and an IndexedDB in memory; time, tabs and push are fakes.
import 'fake-indexeddb/auto';
import { effect } from '@preact/signals';
import { IDBFactory } from 'fake-indexeddb';
import { WebSocket } from 'ws';
import type { BrowserPorts } from '../../../pwa/src/model/browser-ports.ts';
import { startModel } from '../../../pwa/src/model/index.ts';
import { ActionError, type Model } from '../../../pwa/src/model/model.ts';
import type { NotificationsPort } from '../../../pwa/src/model/push/push.ts';
import type { SubscriptionPort } from '../../../pwa/src/model/push/subscription.ts';
import type { ChannelPort } from '../../../pwa/src/model/store/channel.ts';
import type { LocksPort } from '../../../pwa/src/model/sync/leader.ts';
import type { SocketPort } from '../../../pwa/src/model/sync/socket.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { type FakeClock, fakeClock } from '../../support/clock.ts';
import type { World } from '../../world.ts';

/** Resolves once the condition, which reads signals, holds; the test's own time limit ends a wait in vain. */
export function when(condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let isMet = false;
    const stop = effect(() => {
      if (!condition()) return;
      isMet = true;
      resolve();
    });
    if (isMet) stop();
  });
}

/** The key of the words with which a action of the model is refused; `nothing` when it is not. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ActionError) return error.text.key;
    throw error;
  }
  return 'nothing';
}

/** What the tabs of one browser share. */
export class TestBrowser {
  readonly #ports = new Map<string, Set<ChannelPort>>();
  readonly #queues = new Map<string, (() => void)[]>();

  constructor() {
    globalThis.indexedDB = new IDBFactory();
  }

  /** A BroadcastChannel that delivers in a later turn of the loop, as real ones do. */
  createChannel = (name: string): ChannelPort => {
    const ports = this.#ports.get(name) ?? new Set();
    this.#ports.set(name, ports);
    const port: ChannelPort = {
      onmessage: null,
      postMessage(note) {
        const copy = structuredClone(note);
        setImmediate(() => {
          for (const other of ports) if (other !== port) other.onmessage?.({ data: copy } as MessageEvent);
        });
      },
      close: () => ports.delete(port),
    };
    ports.add(port);
    return port;
  };

  /** Web locks: one socketOwner at a time, the others in order. */
  readonly locks: LocksPort = {
    request: async (name, { signal }, hold) => {
      const queue = this.#queues.get(name) ?? [];
      this.#queues.set(name, queue);
      await new Promise<void>((resolve, reject) => {
        signal.addEventListener('abort', () => {
          const at = queue.indexOf(resolve);
          if (at > 0) queue.splice(at, 1);
          reject(new Error('aborted'));
        });
        queue.push(resolve);
        if (queue.length === 1) resolve();
      });
      await hold();
      queue.shift();
      queue[0]?.();
    },
  };
}

/** A push service's side of a browser. */
export class FakePush implements NotificationsPort {
  secure = true;
  mustInstall = false;
  supported = true;
  current: 'default' | 'granted' | 'denied' = 'default';
  answer: 'default' | 'granted' | 'denied' = 'granted';
  subscription: (SubscriptionPort & { readonly key: Uint8Array }) | null = null;
  /** Subscriptions made so far. */
  made = 0;

  permission = () => this.current;
  requestPermission = async () => {
    this.current = this.answer;
    return this.current;
  };
  manager = async () => ({
    getSubscription: async () => this.subscription,
    subscribe: async ({ applicationServerKey: key }: { applicationServerKey: Uint8Array<ArrayBuffer> }) => {
      this.made += 1;
      const endpoint = `https://93.184.216.34/push/${this.made}`;
      this.subscription = {
        endpoint,
        key,
        options: { applicationServerKey: key.buffer },
        toJSON: () => ({ endpoint, expirationTime: null, keys: KEYS }),
        unsubscribe: async () => {
          this.subscription = null;
          return true;
        },
      };
      return this.subscription;
    },
  });
}

/** Keys that a browser might have: the point is RFC 8291's example. */
const KEYS = {
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
};

/** A page in a test's hands. */
export interface TestPage {
  readonly model: Model;
  readonly clock: FakeClock;
  readonly push: FakePush;
  /** Places it was told to go to. */
  readonly hashes: string[];
  readonly badges: number[];
  /** Sockets opened so far. */
  readonly sockets: WebSocket[];
  /** Whether the network is there; sockets are cut when it goes. */
  setOnline(online: boolean): void;
  /** The person or the network is back. */
  back(): void;
  close(): void;
}

/** What differs from a first tab of a new browser. */
export interface PageOptions {
  readonly browser?: TestBrowser;
  readonly parts?: Partial<BrowserPorts>;
}

/** Opens a page of the relay. */
export async function openPage(
  relay: World,
  { browser = new TestBrowser(), parts = {} }: PageOptions = {},
): Promise<TestPage> {
  const clock = fakeClock();
  const push = new FakePush();
  const [hashes, badges, sockets]: [string[], number[], WebSocket[]] = [[], [], []];
  const listeners = { back: [] as (() => void)[], away: [] as (() => void)[] };
  let isOnline = true;
  const { model, close } = await startModel({
    fetch: (input, init) => (isOnline ? fetch(input, init) : Promise.reject(new TypeError('no network'))),
    openSocket(url) {
      if (!isOnline) throw new Error('no network');
      const socket = new WebSocket(url);
      sockets.push(socket);
      return socket as unknown as SocketPort;
    },
    clock,
    random: () => 0.5,
    page: {
      href: relay.url('/'),
      online: () => isOnline,
      goTo: (hash) => hashes.push(hash),
      reload() {},
      on: (event, run) => listeners[event].push(run),
    },
    createChannel: browser.createChannel,
    locks: browser.locks,
    platform: {
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      touch: false,
      model: async () => undefined,
    },
    notifications: push,
    worker: { onUpdate() {}, update() {}, onOpen() {}, notify() {}, closeNotifications() {} },
    installer: { onOffer() {} },
    storage: { estimate: async () => ({ usage: 1, quota: 2 }), persist: async () => true },
    setBadge: (count) => badges.push(count),
    ...parts,
  });
  let isClosed = false;
  const end = () => {
    if (!isClosed) close();
    isClosed = true;
  };
  onCleanup(end);
  await when(() => model.ready.value);
  return {
    model,
    clock,
    push,
    hashes,
    badges,
    sockets,
    setOnline(online) {
      isOnline = online;
      if (!online) for (const socket of sockets) socket.terminate();
    },
    back: () => listeners.back.forEach((run) => void run()),
    close: end,
  };
}

/** Pairs the page with the relay as its owner would, and waits for the connection. */
export async function pairPage(relay: World, page: TestPage, name: string, groups: readonly string[] = []) {
  const { json } = await relay.request('/v1/pairings', { method: 'POST' });
  const choice = await page.model.lookUpPairing('', relay.url(json.path));
  const account = await page.model.pair(choice, name, groups);
  await when(() => page.model.connections.value.get(account.id)?.kind === 'connected');
  return account;
}
