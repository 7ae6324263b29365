// The background work of the model: loads the store, runs the sockets, and reads notes from tabs and the service worker.
import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { type Accounts, createAccounts } from './account/accounts.ts';
import { createAlerts, type OpenAlerts } from './alerts.ts';
import type { BrowserPorts } from './browser-ports.ts';
import { createInbox, type Inbox } from './inbox/inbox.ts';
import { loadInbox } from './inbox/load.ts';
import { loadEmoji } from './message/emoji.ts';
import type { ConnectionState, Settings } from './model.ts';
import { createPush, type Push } from './push/push.ts';
import { createQuestions, type Questions } from './questions.ts';
import { createApi, type RelayApi } from './relay/api.ts';
import { fail } from './relay/call.ts';
import { createSent, type Sent } from './sent.ts';
import { type Channel, createChannel, type Note } from './store/channel.ts';
import { type Database, openDatabase, pageName } from './store/database.ts';
import { readMessages, readPage } from './store/messages.ts';
import { DEFAULT_SETTINGS, readCursors, readSettings } from './store/meta.ts';
import type { CatchUpPorts } from './sync/catch-up.ts';
import { createIntake, type Intake } from './sync/intake.ts';
import { standForElection } from './sync/leader.ts';
import { type ReadsPorts, tellReads } from './sync/reads.ts';
import { createSocketOwner } from './sync/socket-owner.ts';

/** What the actions use. */
export interface Engine {
  readonly database: Database;
  readonly channel: Channel;
  readonly api: RelayApi;
  readonly accounts: Accounts;
  readonly inbox: Inbox;
  readonly intake: Intake;
  readonly alerts: OpenAlerts;
  readonly questions: Questions;
  readonly push: Push;
  readonly sent: Sent;
  readonly settings: Signal<Settings>;
  readonly connections: ReadonlySignal<ReadonlyMap<string, ConnectionState>>;
  readonly ready: ReadonlySignal<boolean>;
  /** True once all stored messages are in memory. */
  readonly loaded: ReadonlySignal<boolean>;
  readonly hasOlder: ReadonlySignal<boolean>;
  readonly fetching: CatchUpPorts;
  readonly reading: ReadsPorts;
  /** Checks again whether the relays may have older messages. */
  lookForOlder(): Promise<void>;
  /** Sends all queued read marks. */
  tellAllReads(): void;
  /** Updates sockets, messages and push after the accounts changed. */
  accountsChanged(): Promise<void>;
  reconnect(accountId: string): void;
  start(): void;
  close(): void;
}

/** Opens the store and reads accounts and settings; nothing else happens until `start`. */
export async function createEngine(ports: BrowserPorts): Promise<Engine> {
  const { page, clock } = ports;
  const name = pageName(page.href);
  // Load the emoji while the store opens, so that tags are right from the first paint.
  const [database] = await Promise.all([
    openDatabase(name).catch(() => {
      throw fail('error.storage');
    }),
    loadEmoji().catch(() => {}),
  ]);
  const channel = createChannel(ports.createChannel(name));
  const api = createApi({ fetch: ports.fetch, online: page.online, page: page.href });
  const accounts = createAccounts(database, channel);
  const inbox = createInbox(page.href);
  const alerts = createAlerts({ api, accounts, channel });
  const questions = createQuestions({
    api,
    accounts,
    channel,
    database,
    asking: inbox.asking,
    closeNotifications: ports.worker.closeNotifications,
  });
  const sent = createSent({ api, questions, clock });
  const intake = createIntake({ database, channel, show: inbox.show });
  const push = createPush({ ...ports, database, channel, api, page: page.href, accounts: accounts.records });
  const fetching: CatchUpPorts = { database, api, intake, clock };
  const reading: ReadsPorts = { database, api, channel, show: inbox.show };
  const settings = signal<Settings>(DEFAULT_SETTINGS);
  const [ready, loaded, hasOlder] = [signal(false), signal(false), signal(false)];
  let isClosed = false;
  let end = () => {};
  // Ignores failures: they happen while the page closes, and nothing uses the result then.
  const inBackground = (work: Promise<unknown>) => void work.catch(() => {});

  async function lookForOlder(): Promise<void> {
    const cursors = await Promise.all(accounts.records().map(({ id }) => readCursors(database, id)));
    hasOlder.value = cursors.some((known) => known !== undefined && !known.complete);
  }

  const socketOwner = createSocketOwner({
    ...ports,
    online: page.online,
    open: ports.openSocket,
    database,
    api,
    alerts,
    questions,
    intake,
    channel,
    show: inbox.show,
    hide: inbox.hide,
    closeNotifications: ports.worker.closeNotifications,
    notify: ports.worker.notify,
    accounts,
    push,
    sent,
    onCaughtUp() {
      channel.post({ kind: 'cursors' });
      inBackground(lookForOlder());
      inBackground(alerts.load());
      inBackground(questions.load());
    },
  });

  async function accountsChanged(): Promise<void> {
    inbox.keepAccounts(new Set(accounts.records().map(({ id }) => id)));
    socketOwner.accountsChanged();
    await lookForOlder();
  }

  async function handleNote(note: Note): Promise<void> {
    switch (note.kind) {
      case 'messages':
        inbox.show(
          await readMessages(
            database,
            note.ids.map(([accountId, mid]) => ({ accountId, mid })),
          ),
        );
        break;
      case 'removed':
        inbox.hide(note.ids);
        break;
      case 'accounts':
        await accounts.load();
        await accountsChanged();
        await push.refresh();
        break;
      case 'settings':
        settings.value = await readSettings(database);
        break;
      case 'cursors':
        await lookForOlder();
        break;
      case 'push':
        await push.refresh();
        break;
      case 'connections':
        socketOwner.follow(note.states);
        break;
      case 'alerts':
        alerts.follow(note.accountId, note.alerts);
        break;
      case 'questions':
        questions.follow(note.accountId, note.questions);
        break;
      case 'status':
        sent.update(note.accountId, note.mid, note.name, note.status);
        break;
      case 'hello':
        socketOwner.tell();
        break;
      case 'reconnect':
        socketOwner.reconnectOwned(note.accountId);
        break;
      default:
    }
  }

  function tellAllReads(): void {
    // If sending fails now, the next connection sends the marks.
    for (const account of accounts.records()) tellReads(account, reading).catch(() => {});
  }

  await accounts.load();
  settings.value = await readSettings(database);

  return {
    database,
    channel,
    api,
    accounts,
    inbox,
    alerts,
    questions,
    intake,
    push,
    sent,
    settings,
    connections: socketOwner.connections,
    ready,
    loaded,
    hasOlder,
    fetching,
    reading,
    lookForOlder,
    tellAllReads,
    accountsChanged,
    reconnect: socketOwner.reconnect,
    start() {
      end = begin();
    },
    close: () => end(),
  };

  function begin(): () => void {
    const stop = channel.listen((note) => inBackground(handleNote(note)));
    const candidate = standForElection({
      locks: ports.locks,
      channel,
      clock,
      random: ports.random,
      name,
      lead: () => {
        if (!isClosed) socketOwner.take();
      },
      follow: socketOwner.release,
    });
    page.on('back', () => {
      if (isClosed) return;
      candidate.shown();
      socketOwner.wake();
      tellAllReads();
      // The browser may have frozen the page, which then missed notes of the service worker.
      inBackground(readPage(database, undefined, 100).then(inbox.show));
      inBackground(push.refresh());
    });
    page.on('away', () => candidate.hidden());
    inBackground(
      loadInbox(database, inbox, () => {
        ready.value = true;
      }).then(() => {
        loaded.value = true;
      }),
    );
    inBackground(lookForOlder());
    inBackground(alerts.load());
    inBackground(questions.load());
    inBackground(push.renew());
    return () => {
      isClosed = true;
      stop();
      candidate.close();
      socketOwner.release();
      channel.close();
      database.close();
    };
  }
}
