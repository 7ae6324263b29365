// Push as the page sees it: whether it can be had here, switching it on and off, and registering again at every start.
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

/** Notifications as this browser has them. */
export interface NotificationsPort {
  /** Whether the page came in a way that browsers trust. */
  readonly secure: boolean;
  /** An iPhone or iPad with the page in a tab, where only an installed page can have notifications. */
  readonly mustInstall: boolean;
  /** Whether the browser knows push and notifications at all. */
  readonly supported: boolean;
  permission(): 'default' | 'granted' | 'denied';
  requestPermission(): Promise<'default' | 'granted' | 'denied'>;
  /** The push manager of the service worker; undefined when there is no worker. */
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

/** Push of this page. */
export interface Push {
  readonly state: ReadonlySignal<PushState>;
  /** The relay that it comes from. */
  account(): AccountRecord | undefined;
  subscription(): Promise<SubscriptionPort | undefined>;
  /** Looks again at how things stand. */
  refresh(): Promise<void>;
  /** Subscribes and registers again when the person wants push; lets go of the subscription when no account is left. */
  renew(): Promise<void>;
  /** Does it once more if it failed: to be called when the relay can be reached again. */
  retry(): Promise<void>;
  enable(): Promise<void>;
  disable(): Promise<void>;
  /** Ends the subscription without a change of mind: the next `renew` makes a new one. */
  drop(): Promise<void>;
}

/** Push over this browser; unknown until `refresh`. */
export function createPush(ports: PushPorts): Push {
  const { notifications, clock, database, channel, api } = ports;
  const state = signal<PushState>({ kind: 'unknown' });
  let hasFailed = false;
  /** What the last try came to, in words for the settings. */
  let failure: LocalizedText | undefined;
  /** Subscriptions that are being made, by the key of their relay. */
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

  /** Made once for all who ask meanwhile: of two subscriptions the first one is dead, and the relay might keep that. */
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
        // The next try asks the browser again. If this one succeeds after all, the relay is told.
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

  /** @throws ActionError in the words of the part that failed */
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
    // How things stand is known at once; what is not set up yet may take as long as the push service does.
    await refresh();
    try {
      const relay = account();
      if (relay === undefined) await drop();
      else if (obstacle() === undefined && notifications.permission() === 'granted' && (await wantsPush(database))) {
        await setUp(relay);
      }
    } catch {
      // Tried again with the next connection and at the next start; a delivery check says what is wrong.
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
      // Before anything is waited for: browsers ask only in a person's gesture.
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
