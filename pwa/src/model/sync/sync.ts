// Runs the sockets of all accounts and handles their packets, in the leading tab.

import { isObject } from '../../../../shared/object.ts';
import { isMid, readMessage } from '../message/read-message.ts';
import type { ConnectionState } from '../model.ts';
import type { Questions } from '../questions.ts';
import type { AccountRecord } from '../store/database.ts';
import { type CatchUpPorts, catchUp } from './catch-up.ts';
import { hearKeyEvent, type KeyEventPorts } from './key-events.ts';
import { fetchReads, hearReads, type ReadsPorts, tellReads } from './reads.ts';
import { openSocket, type Packet, type RelaySocket, type SocketPorts } from './socket.ts';

/** What the sync needs. */
export interface SyncPorts
  extends CatchUpPorts,
    ReadsPorts,
    KeyEventPorts,
    Pick<SocketPorts, 'open' | 'clock' | 'random' | 'online'> {
  readonly api: CatchUpPorts['api'] & ReadsPorts['api'];
  readonly onState: (accountId: string, state: ConnectionState | undefined) => void;
  /** The relay sent a new token and its VAPID key. Resolves when they are stored. */
  readonly onAccepted: (accountId: string, news: { readonly auth: string; readonly vapidKey: string }) => Promise<void>;
  readonly onStatus: (accountId: string, mid: string, name: string, status: string) => void;
  readonly questions: Pick<Questions, 'hear'>;
  /** Shows the notification of a question. */
  readonly notify: (accountId: string, mid: string) => void;
  /** Called when an account's history is up to date. */
  readonly onCaughtUp: () => void;
}

/** The sockets of all accounts. */
export interface Sync {
  /** Opens sockets for new accounts, closes those of removed ones, and reconnects where the device changed. */
  setAccounts(accounts: readonly AccountRecord[]): void;
  wake(): void;
  reconnect(accountId: string): void;
  close(): void;
}

interface AccountConnection {
  account: AccountRecord;
  readonly socket: RelaySocket;
  /** The fetch that runs. The next one waits for it. */
  work: Promise<void>;
}

function isSameDevice(a: AccountRecord, b: AccountRecord): boolean {
  return a.name === b.name && a.addedAt === b.addedAt && a.groups.join() === b.groups.join();
}

/** Creates the sync. It has no socket until `setAccounts`. */
export function createSync(ports: SyncPorts): Sync {
  const connections = new Map<string, AccountConnection>();

  function open(account: AccountRecord): void {
    const { id } = account;
    const current = () => connections.get(id)?.account ?? account;
    const socket = openSocket(current, {
      open: ports.open,
      clock: ports.clock,
      random: ports.random,
      online: ports.online,
      onState: (state) => ports.onState(id, state),
      onAccepted: (data) => void accepted(id, data),
      onPacket: (packet) => void handle(id, packet).catch(leaveUnacknowledged),
    });
    connections.set(id, { account, socket, work: Promise.resolve() });
  }

  async function accepted(id: string, data: Readonly<Record<string, unknown>>): Promise<void> {
    const { auth, webpushPublicKey } = data;
    const connection = connections.get(id);
    if (connection === undefined) return;
    const news = {
      auth: typeof auth === 'string' && auth !== '' ? auth : connection.account.auth,
      vapidKey: typeof webpushPublicKey === 'string' ? webpushPublicKey : '',
    };
    connection.account = { ...connection.account, ...news };
    connection.work = connection.work
      .then(() => ports.onAccepted(id, news))
      .then(() => fetchAll(connection.account))
      // The next connection fetches what is missing.
      .catch(() => {});
    await connection.work;
  }

  async function fetchAll(account: AccountRecord): Promise<void> {
    await tellReads(account, ports);
    await catchUp(account, ports);
    ports.onCaughtUp();
    await fetchReads(account, ports);
  }

  async function handle(id: string, { cmd, data }: Packet): Promise<void> {
    if (cmd === 'MESSAGE') {
      const message = readMessage(data);
      if (message === undefined) return;
      await ports.intake.take([{ accountId: id, message, arrivedAt: ports.clock.now() }]);
      connections.get(id)?.socket.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: message.mid } });
      // Not in quiet hours.
      if (message.message.extra['ask'] !== undefined && message.silent !== true) ports.notify(id, message.mid);
    } else if (cmd === 'READ') {
      await hearReads(id, data, ports);
    } else if (cmd === 'KEY') {
      await hearKeyEvent(id, data, ports);
    } else if (cmd === 'ANSWER') {
      await ports.questions.hear(id, data);
    } else if (cmd === 'STATUS' && isObject(data)) {
      const { mid, name, status } = data;
      if (isMid(mid) && typeof name === 'string' && typeof status === 'string') ports.onStatus(id, mid, name, status);
    }
  }

  function shut(id: string): void {
    connections.get(id)?.socket.close();
    connections.delete(id);
    ports.onState(id, undefined);
  }

  return {
    setAccounts(accounts) {
      const wanted = new Map(accounts.map((account) => [account.id, account]));
      for (const [id, connection] of [...connections]) {
        const next = wanted.get(id);
        if (next === undefined || !isSameDevice(connection.account, next)) shut(id);
        // The device may have got another token, in this tab or in another one.
        else connection.account = next;
      }
      for (const account of accounts) {
        if (!connections.has(account.id)) open(account);
      }
    },
    wake() {
      for (const { socket } of connections.values()) socket.wake();
    },
    reconnect: (id) => connections.get(id)?.socket.reconnect(),
    close() {
      for (const id of [...connections.keys()]) shut(id);
    },
  };
}

/** Does nothing. A message that could not be stored stays unacknowledged, so the relay sends it again. */
function leaveUnacknowledged(): void {}
