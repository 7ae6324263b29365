// The sockets of all tabs: the leading tab owns them, and tells the other tabs their state.
import { type ReadonlySignal, signal } from '@preact/signals';
import type { Accounts } from '../account/accounts.ts';
import type { ConnectionState } from '../model.ts';
import type { Push } from '../push/push.ts';
import type { Sent } from '../sent.ts';
import { createSync, type Sync, type SyncPorts } from './sync.ts';

/** What the owner of the sockets needs. */
export interface SocketOwnerPorts extends Omit<SyncPorts, 'onState' | 'onAccepted' | 'onStatus'> {
  readonly accounts: Accounts;
  readonly push: Pick<Push, 'renew' | 'retry'>;
  readonly sent: Pick<Sent, 'update'>;
}

/** Connection states by account id. */
type States = readonly (readonly [accountId: string, state: ConnectionState])[];

/** The sockets, in this tab or in another one. */
export interface SocketOwner {
  readonly connections: ReadonlySignal<ReadonlyMap<string, ConnectionState>>;
  /** Call it when this tab leads: opens the sockets. */
  take(): void;
  /** Call it when another tab leads: closes this tab's sockets, and asks the other tab for its states. */
  release(): void;
  /** Shows the states that the leading tab sent, unless this tab leads. */
  follow(states: States): void;
  /** Sends the states to the other tabs, if this tab leads. */
  tell(): void;
  accountsChanged(): void;
  wake(): void;
  /** Reconnects, here or in the leading tab. */
  reconnect(accountId: string): void;
  /** Reconnects if this tab leads. */
  reconnectOwned(accountId: string): void;
}

/** Creates the owner. It has no socket until `take`. */
export function createSocketOwner(ports: SocketOwnerPorts): SocketOwner {
  const { accounts, channel, push, sent } = ports;
  const connections = signal<ReadonlyMap<string, ConnectionState>>(new Map());
  let sync: Sync | undefined;

  function tell(): void {
    if (sync !== undefined) channel.post({ kind: 'connections', states: [...connections.value] });
  }

  function setState(accountId: string, state: ConnectionState | undefined): void {
    const states = new Map(connections.value);
    if (state === undefined) states.delete(accountId);
    else states.set(accountId, state);
    connections.value = states;
    tell();
  }

  return {
    connections,
    tell,
    take() {
      connections.value = new Map();
      sync = createSync({
        ...ports,
        onState: setState,
        async onAccepted(id, news) {
          const isNewKey = accounts.get(id).vapidKey !== news.vapidKey;
          await accounts.update(id, news);
          channel.post({ kind: 'accounts' });
          // Not awaited, so that the history does not wait for the push service.
          (isNewKey ? push.renew() : push.retry()).catch(() => {});
        },
        onStatus(accountId, mid, name, status) {
          sent.update(accountId, mid, name, status);
          channel.post({ kind: 'status', accountId, mid, name, status });
        },
      });
      sync.setAccounts(accounts.records());
      tell();
    },
    release() {
      const old = sync;
      sync = undefined;
      old?.close();
      channel.post({ kind: 'hello' });
    },
    follow(states) {
      if (sync === undefined) connections.value = new Map(states);
    },
    accountsChanged: () => sync?.setAccounts(accounts.records()),
    wake: () => sync?.wake(),
    reconnect(accountId) {
      if (sync === undefined) channel.post({ kind: 'reconnect', accountId });
      else sync.reconnect(accountId);
    },
    reconnectOwned: (accountId) => sync?.reconnect(accountId),
  };
}
