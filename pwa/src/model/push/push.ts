// Web push for the page: says whether it is possible, switches it on and off, and registers again at each start.
import { type ReadonlySignal, signal } from '@preact/signals';
import { type Platform, pushServiceOf } from '../account/names.ts';
import { type Clock, TimeLimitError, within } from '../clock.ts';
import { ActionError, type LocalizedText, type PushState } from '../model.ts';
import type { RelayApi } from '../relay/api.ts';
import { fail } from '../relay/call.ts';
import type { Channel } from '../store/channel.ts';
import type { AccountRecord, Database } from '../store/database.ts';
import { setWantsPush, wantsPush } from '../store/meta.ts';
import {
  type PushManagerPort,
  pushAccount,
  registerSubscription,
  SUBSCRIBE_WITHIN,
  type SubscriptionPort,
  subscribe,
} from './subscription.ts';

/** What this browser offers for notifications. */
export interface NotificationsPort {
  /** Whether this is a secure context. */
  readonly secure: boolean;
  /** True in a tab on an iPhone or iPad, where only an installed page can get notifications. */
  readonly mustInstall: boolean;
  /** Whether the browser supports push and notifications. */
  readonly supported: boolean;
  permission(): 'default' | 'granted' | 'denied';
  requestPermission(): Promise<'default' | 'granted' | 'denied'>;
  /** The push manager of the service worker; undefined without a worker. */
  manager(): Promise<PushManagerPort | undefined>;
}

/** What push needs. */
export interface PushPorts {
  readonly notifications: NotificationsPort;
  readonly platform: Platform;
  readonly clock: Clock;
  readonly database: Database;
  readonly channel: Channel;
  readonly api: Pick<RelayApi, 'registerPush'>;
  /** Address of this page. */
  readonly page: string;
  readonly accounts: () => readonly AccountRecord[];
}

/** Web push of this page. */
export interface Push {
  readonly state: ReadonlySignal<PushState>;
  /** The relay whose pushes this page gets. */
  account(): AccountRecord | undefined;
  subscription(): Promise<SubscriptionPort | undefined>;
  /** Reads the state again. */
  refresh(): Promise<void>;
  /** Subscribes and registers again if push is switched on. Ends the subscription when no account is left. */
  renew(): Promise<void>;
  /** Renews if the last try failed. Called when the relay can be reached again. */
  retry(): Promise<void>;
  enable(): Promise<void>;
  disable(): Promise<void>;
  /** Ends the subscription, but leaves push switched on: the next `renew` subscribes again. */
  drop(): Promise<void>;
}

/** Creates the push of this browser. Its state is unknown until `refresh`. */
export function createPush(ports: PushPorts): Push {
  const { notifications, clock, database, channel, api } = ports;
  const state = signal<PushState>({ kind: 'unknown' });
  let hasFailed = false;
  /** Why the last try failed, for the settings. */
  let failure: LocalizedText | undefined;
  /** Subscriptions under way, by the VAPID key of their relay. */
  const underWay = new Map<string, Promise<SubscriptionPort>>();
  const account = () => pushAccount(ports.accounts(), ports.page);

  function obstacle(): LocalizedText | undefined {
    if (!notifications.secure) return { key: 'push.impossible.insecure' };
    if (notifications.mustInstall) return { key: 'push.impossible.install_first' };
    if (!notifications.supported) return { key: 'push.impossible.unsupported' };
    return account()?.vapidKey === '' ? { key: 'push.impossible.relay_off' } : undefined;
  }

  async function findSubscription(): Promise<SubscriptionPort | undefined> {
    const manager = notifications.supported ? await notifications.manager() : undefined;
    return (await manager?.getSubscription()) ?? undefined;
  }

  function subscription(): Promise<SubscriptionPort | undefined> {
    return within(clock, SUBSCRIBE_WITHIN, findSubscription());
  }

  async function look(): Promise<PushState> {
    const why = obstacle();
    if (why !== undefined) return { kind: 'impossible', why };
    const permission = notifications.permission();
    if (permission !== 'granted') return { kind: permission === 'denied' ? 'denied' : 'askable' };
    const isOn = (await wantsPush(database)) && (await subscription().catch(() => undefined)) !== undefined;
    if (isOn) return { kind: 'on' };
    return failure === undefined ? { kind: 'off' } : { kind: 'off', why: failure };
  }

  async function refresh(): Promise<void> {
    const next = await look();
    if (JSON.stringify(next) !== JSON.stringify(state.value)) state.value = next;
  }

  /** All callers share one request: a second subscription would end the first, and the relay might keep the dead one. */
  async function subscribeOnce(manager: PushManagerPort, vapidKey: string): Promise<SubscriptionPort> {
    const made = underWay.get(vapidKey) ?? subscribe(manager, vapidKey).finally(() => forget());
    const forget = () => {
      if (underWay.get(vapidKey) === made) underWay.delete(vapidKey);
    };
    underWay.set(vapidKey, made);
    try {
      return await within(clock, SUBSCRIBE_WITHIN, made);
    } catch (error) {
      if (error instanceof TimeLimitError) {
        // The next attempt asks the browser again. If this request succeeds later, `renew` registers the subscription.
        forget();
        made.then(renew, () => {});
      }
      throw error;
    }
  }

  function asActionError(error: unknown): ActionError {
    const service = pushServiceOf(ports.platform);
    if (error instanceof ActionError) return error;
    if (error instanceof TimeLimitError) {
      return fail('push.service_silent', { service, seconds: SUBSCRIBE_WITHIN / 1000 });
    }
    return fail('push.subscribe_failed', { service, text: error instanceof Error ? error.message : String(error) });
  }

  /** Subscribes and registers. @throws ActionError that says which part failed */
  async function setUp(relay: AccountRecord): Promise<void> {
    hasFailed = true;
    try {
      const manager = await within(clock, SUBSCRIBE_WITHIN, notifications.manager());
      if (manager === undefined) throw fail('push.no_worker');
      const made = await subscribeOnce(manager, relay.vapidKey);
      const refusal = await registerSubscription(made, relay, ports.accounts(), api);
      if (refusal !== undefined) throw refusal;
      hasFailed = false;
      failure = undefined;
    } catch (error) {
      const failed = asActionError(error);
      failure = failed.text;
      throw failed;
    }
  }

  async function drop(): Promise<void> {
    await (await subscription())?.unsubscribe();
  }

  async function changed(): Promise<void> {
    await refresh();
    channel.post({ kind: 'push' });
  }

  async function renew(): Promise<void> {
    // Show the state now, because setting up waits for the push service.
    await refresh();
    try {
      const relay = account();
      if (relay === undefined) await drop();
      else if (obstacle() === undefined && notifications.permission() === 'granted' && (await wantsPush(database))) {
        await setUp(relay);
      }
    } catch {
      // The next connection and the next start try again. The settings show the reason.
    }
    await refresh();
  }

  return {
    state,
    account,
    subscription,
    refresh,
    drop,
    renew,
    async retry() {
      if (hasFailed) await renew();
    },
    async enable() {
      const why = obstacle();
      if (why !== undefined) throw fail(why.key, why.values);
      const relay = account();
      if (relay === undefined) throw fail('push.no_account');
      // Ask before any other await, because browsers show the prompt only during a user gesture.
      const permission =
        notifications.permission() === 'default' ? await notifications.requestPermission() : notifications.permission();
      if (permission !== 'granted') {
        await refresh();
        throw fail(permission === 'denied' ? 'push.denied' : 'push.dismissed');
      }
      await setWantsPush(database, true);
      try {
        await setUp(relay);
      } finally {
        await changed();
      }
    },
    async disable() {
      await setWantsPush(database, false);
      failure = undefined;
      await drop();
      await changed();
    },
  };
}
