// The push subscription, for the page and the service worker. A page can have only one, with the VAPID key of one relay.
import { isObject } from '../../../../shared/object.ts';
import type { RelayApi } from '../relay/api.ts';
import { readServer } from '../relay/server-url.ts';
import type { AccountRecord } from '../store/database.ts';

/** The part of a PushSubscription that the model uses. */
export interface SubscriptionPort {
  readonly endpoint: string;
  readonly options: { readonly applicationServerKey: ArrayBuffer | null };
  toJSON(): unknown;
  unsubscribe(): Promise<boolean>;
}

/** The part of a PushManager that the model uses. */
export interface PushManagerPort {
  getSubscription(): Promise<SubscriptionPort | null>;
  subscribe(options: {
    readonly userVisibleOnly: boolean;
    readonly applicationServerKey: Uint8Array<ArrayBuffer>;
  }): Promise<SubscriptionPort>;
}

/** The relay that pushes to this page: the one that serves the page, or else the first one with web push. */
export function pushAccount(accounts: readonly AccountRecord[], page: string): AccountRecord | undefined {
  const own = accounts.find(({ server }) => server === readServer(page, page));
  return own ?? accounts.find(({ vapidKey }) => vapidKey !== '') ?? accounts[0];
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
}

function isSame(a: ArrayBuffer | null, b: Uint8Array): boolean {
  // WebKit and old versions of Firefox do not reveal the key of a subscription. Assume that it is right.
  if (a === null) return true;
  const bytes = new Uint8Array(a);
  return bytes.length === b.length && bytes.every((byte, at) => byte === b[at]);
}

/** How long the browser may take to reach its push service, in ms. Behind a firewall it waits forever. */
export const SUBSCRIBE_WITHIN = 15_000;

/** Subscribes with this key, or returns the present subscription if it has the key. Rejects with the browser's error. */
export async function subscribe(manager: PushManagerPort, vapidKey: string): Promise<SubscriptionPort> {
  const key = fromBase64Url(vapidKey);
  const present = await manager.getSubscription();
  if (present !== null && isSame(present.options.applicationServerKey, key)) return present;
  await present?.unsubscribe();
  return manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
}

/** The parts of a subscription that the relay needs. */
function toAddress(subscription: SubscriptionPort): unknown {
  const json = subscription.toJSON();
  return isObject(json) ? { endpoint: json['endpoint'], keys: json['keys'] } : {};
}

/** Registers with all relays that share the key of `needed`. Resolves to the error of `needed`, and ignores others. */
export async function registerSubscription(
  subscription: SubscriptionPort,
  needed: AccountRecord,
  accounts: readonly AccountRecord[],
  api: Pick<RelayApi, 'registerPush'>,
): Promise<unknown> {
  let failure: unknown;
  const sharing = accounts.filter(({ vapidKey }) => vapidKey === needed.vapidKey);
  await Promise.all(
    sharing.map((account) =>
      api.registerPush(account, toAddress(subscription)).catch((error: unknown) => {
        if (account.id === needed.id) failure = error;
      }),
    ),
  );
  return failure;
}
