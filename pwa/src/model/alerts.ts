// The open alerts of all relays. Each tab reads them when it starts. After that, the leading tab tells the others what changed.
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { AlertInfo } from '../../../shared/api.ts';
import type { Accounts } from './account/accounts.ts';
import type { OpenAlert } from './model.ts';
import type { RelayApi } from './relay/api.ts';
import type { Channel } from './store/channel.ts';

/** What the alerts need. */
export interface AlertsPorts {
  readonly api: Pick<RelayApi, 'alerts' | 'closeAlert'>;
  readonly accounts: Pick<Accounts, 'accounts' | 'records' | 'get'>;
  readonly channel: Pick<Channel, 'post'>;
}

/** The open alerts. */
export interface OpenAlerts {
  /** Those of all relays, the latest first. */
  readonly open: ReadonlySignal<readonly OpenAlert[]>;
  /** Reads the alerts of all relays. What cannot be read stays as it was. */
  load(): Promise<void>;
  /** An alert has changed. */
  hear(accountId: string, alert: AlertInfo): void;
  /** The messages of a key were deleted, and its alert with them. */
  forget(accountId: string, target: string, key: string): void;
  /** Takes over what another tab knows. */
  follow(accountId: string, alerts: readonly AlertInfo[]): void;
  close(accountId: string, id: string): Promise<void>;
}

/** Creates the alerts. None are known until `load`. */
export function createAlerts({ api, accounts, channel }: AlertsPorts): OpenAlerts {
  const known = signal<ReadonlyMap<string, readonly AlertInfo[]>>(new Map());
  const open = computed(() =>
    accounts.accounts.value
      .flatMap(({ id: accountId }) => (known.value.get(accountId) ?? []).map((alert) => ({ ...alert, accountId })))
      .toSorted((a, b) => b.lastAt - a.lastAt),
  );

  function follow(accountId: string, alerts: readonly AlertInfo[]): void {
    known.value = new Map(known.value).set(accountId, alerts);
  }

  function keep(accountId: string, choose: (alerts: readonly AlertInfo[]) => readonly AlertInfo[]): void {
    const alerts = choose(known.value.get(accountId) ?? []);
    follow(accountId, alerts);
    channel.post({ kind: 'alerts', accountId, alerts });
  }

  function hear(accountId: string, alert: AlertInfo): void {
    keep(accountId, (alerts) => [
      ...alerts.filter(({ id }) => id !== alert.id),
      ...(alert.state === 'firing' ? [alert] : []),
    ]);
  }

  return {
    open,
    follow,
    hear,
    async load() {
      const read = async (account: ReturnType<typeof accounts.get>) => {
        const alerts = await api.alerts(account);
        keep(account.id, () => alerts);
      };
      await Promise.allSettled(accounts.records().map(read));
    },
    forget(accountId, target, key) {
      keep(accountId, (alerts) => alerts.filter((alert) => alert.target !== target || alert.key !== key));
    },
    async close(accountId, id) {
      hear(accountId, await api.closeAlert(accounts.get(accountId), id));
    },
  };
}
