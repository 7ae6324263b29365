// Subscribes again when the browser ends the push subscription, and tells the relays. Works without an open page.
import { type Clock, sleep, within } from '../src/model/clock.ts';
import {
  type PushManagerPort,
  pushAccount,
  registerSubscription,
  SUBSCRIBE_WITHIN,
  subscribe,
} from '../src/model/push/subscription.ts';
import type { RelayApi } from '../src/model/relay/api.ts';
import type { Channel } from '../src/model/store/channel.ts';
import type { Database } from '../src/model/store/database.ts';
import { wantsPush } from '../src/model/store/meta.ts';

/** What {@link renewSubscription} needs. */
export interface RenewWorkerPorts {
  database(): Promise<Database>;
  readonly manager: PushManagerPort;
  readonly api: Pick<RelayApi, 'registerPush'>;
  readonly channel: Channel;
  readonly clock: Clock;
  /** Address of the page. */
  readonly page: string;
}

/** Waits between the attempts, in ms. */
const AGAIN = [1000, 5000, 20_000];

/** Subscribes and registers, unless push is switched off. If every attempt fails, the page tries again when it opens. */
export async function renewSubscription(ports: RenewWorkerPorts): Promise<void> {
  const database = await ports.database();
  const accounts = await database.getAll('accounts');
  const relay = pushAccount(accounts, ports.page);
  if (relay === undefined || relay.vapidKey === '' || !(await wantsPush(database))) return;
  for (const wait of [...AGAIN, undefined]) {
    const isDone = await within(ports.clock, SUBSCRIBE_WITHIN, subscribe(ports.manager, relay.vapidKey))
      .then(async (made) => (await registerSubscription(made, relay, accounts, ports.api)) === undefined)
      .catch(() => false);
    if (isDone || wait === undefined) break;
    await sleep(ports.clock, wait);
  }
  ports.channel.post({ kind: 'push' });
}
