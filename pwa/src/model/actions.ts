// Implements the model that the views use: everything a person can do, on top of the engine.
import { computed, signal } from '@preact/signals';
import { toAccount } from './account/accounts.ts';
import type { PairingPorts } from './account/pairing.ts';
import type { BrowserPorts } from './browser-ports.ts';
import { sleep } from './clock.ts';
import type { Engine } from './engine.ts';
import { callAction } from './message/http-action.ts';
import type { InboxMessage, MessageAction, Model } from './model.ts';
import { fail } from './relay/call.ts';
import { isForbiddenByPolicy, isLoopback, serverAt } from './relay/server-url.ts';
import { idsOf } from './store/channel.ts';
import type { AccountRecord } from './store/database.ts';
import { putDecrypted } from './store/decrypted.ts';
import { deleteMessages, pinRecord } from './store/messages.ts';
import { checkSettings, writeSettings } from './store/meta.ts';
import { fetchOlder } from './sync/catch-up.ts';
import { markRead } from './sync/reads.ts';

/** How long signing out waits for the relay, in ms. The local data is already deleted by then. */
const FAREWELL = 3000;
const ACTION_TIMEOUT = 15_000;
/** An import stores this many messages at a time, so that the page stays responsive. */
const IMPORT_STEP = 250;

// Rarely used actions are separate chunks, loaded on demand.
const loadOwner = () => import('./owner/create-owner.ts');
const loadPairing = () => import('./account/pairing.ts');
const loadCheck = () => import('./push/check.ts');
const loadSecrets = () => import('./account/secrets.ts');
const loadStoredSecrets = () => import('./store/secrets.ts');
const loadTransfer = () => import('./transfer.ts');

/** Creates the model on top of an engine. */
export function createActions(engine: Engine, ports: BrowserPorts): Model {
  const { accounts, api, channel, database, inbox, push, sent, settings } = engine;
  const updateReady = signal(false);
  const offer = signal<(() => Promise<void>) | undefined>(undefined);
  const { page, worker, clock } = ports;

  worker.onUpdate(() => {
    updateReady.value = true;
  });
  worker.onOpen(
    (accountId, mid, toAnswer) => page.goTo(`#${toAnswer ? 'answer' : 'message'}=${accountId}/${mid}`),
    () => page.goTo('#'),
  );
  ports.installer.onOffer((ask) => {
    offer.value = ask;
  });

  const pairing: PairingPorts = { api, platform: ports.platform, clock, page: page.href, add: addAccount };

  async function addAccount(account: AccountRecord): Promise<void> {
    const before = accounts.records().find(({ id }) => id === account.id);
    await accounts.put(account);
    await engine.accountsChanged();
    // The relay still pushes to the old name. Only a new subscription stops that.
    const isRenamed = before !== undefined && before.name !== account.name;
    void (isRenamed ? push.drop().catch(() => {}) : Promise.resolve()).then(push.renew);
    ports.storage.persist().catch(() => {});
  }

  async function mark(messages: readonly InboxMessage[]): Promise<void> {
    await markRead(messages, engine.reading);
    engine.tellAllReads();
    worker.closeNotifications(idsOf(messages));
  }

  return {
    ready: engine.ready,
    accounts: accounts.accounts,
    connections: engine.connections,
    settings,
    filter: inbox.filter,
    choices: inbox.choices,
    messages: inbox.messages,
    unread: inbox.unread,
    hasOlder: engine.hasOlder,
    alerts: engine.alerts.open,
    questions: engine.questions.all,
    push: push.state,
    sent: sent.sent,
    updateReady,
    installable: computed(() => offer.value !== undefined),

    setFilter: inbox.setFilter,
    async setSettings(change) {
      settings.value = checkSettings({ ...settings.value, ...change });
      await writeSettings(database, settings.value);
      channel.post({ kind: 'settings' });
    },
    async loadOlder() {
      const results = await Promise.allSettled(
        accounts.records().map((account) => fetchOlder(account, engine.fetching)),
      );
      channel.post({ kind: 'cursors' });
      await engine.lookForOlder();
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined && !results.some((result) => result.status === 'fulfilled')) throw failed.reason;
    },
    markRead: mark,
    async setPinned(message, pinned) {
      inbox.show(await pinRecord(database, message, pinned));
      channel.post({ kind: 'messages', ids: idsOf([message]) });
    },
    async remove(messages) {
      const ids = idsOf(messages);
      await deleteMessages(database, messages);
      inbox.hide(ids);
      channel.post({ kind: 'removed', ids });
      worker.closeNotifications(ids);
    },
    find: inbox.find,
    closeAlert: ({ accountId, id }) => engine.alerts.close(accountId, id),
    answer: ({ accountId, id }, text) => engine.questions.answer(accountId, id, text),
    withdraw: ({ accountId, id }) => engine.questions.withdraw(accountId, id),
    lookUpQuestion: ({ accountId, id }) => engine.questions.lookUp(accountId, id),
    runAction: (action) => runAction(action, ports),
    reconnect: engine.reconnect,

    lookUpPairing: async (server, code) => (await loadPairing()).lookUpPairing(server, code, pairing),
    pair: async (choice, name, groups) => toAccount(await (await loadPairing()).pair(choice, name, groups, pairing)),
    register: async (server, token, name, groups) =>
      toAccount(await (await loadPairing()).register(server, token, name, groups, pairing)),
    async createPairingLink(accountId) {
      const account = accounts.get(accountId);
      const { path, expiresAt, host, url } = await api.createPairing(account);
      const server = url ?? (isLoopback(account.server) ? serverAt(account.server, host) : account.server);
      return { url: (server ?? account.server) + path, expiresAt, isLocal: server === undefined };
    },
    async signOut(accountId) {
      const account = accounts.get(accountId);
      const dropped = push.account()?.id === accountId ? push.drop().catch(() => {}) : Promise.resolve();
      const farewell = api.removeDevice(account, account.name, false).catch(() => {});
      await accounts.remove(accountId);
      await engine.accountsChanged();
      const renewed = dropped.then(push.renew);
      await Promise.race([Promise.all([farewell, renewed]), sleep(clock, FAREWELL)]);
    },

    devices: async (accountId) => api.devices(accounts.get(accountId)),
    removeDevice: async (accountId, name, withPaired) => api.removeDevice(accounts.get(accountId), name, withPaired),
    async changeDevice(accountId, name, groups) {
      const account = accounts.get(accountId);
      const { checkLabels } = await import('./account/names.ts');
      const { auth, ...device } = await api.changeDevice(account, account.name, checkLabels(name, groups));
      await accounts.put({ ...account, auth, name: device.name, groups: device.groups });
      await engine.accountsChanged();
    },
    relayVersion: async (accountId) => (await api.me(accounts.get(accountId))).version,
    knownGroups: async (accountId) => (await api.me(accounts.get(accountId))).knownGroups,

    quiet: async (accountId) => api.me(accounts.get(accountId)),
    async changeQuiet(accountId, change) {
      const account = accounts.get(accountId);
      return api.changeQuiet(account, account.name, change);
    },

    enablePush: push.enable,
    disablePush: push.disable,
    checkDelivery: async (accountId, report) =>
      (await loadCheck()).checkDelivery(accounts.get(accountId), report, {
        ...ports,
        push,
        api,
        channel,
        accounts: accounts.records,
      }),

    async upload(accountId, file, onProgress) {
      const { uploadFile } = await import('./relay/upload.ts');
      return uploadFile(accounts.get(accountId), file, file.name, page.href, onProgress);
    },
    async send(draft) {
      const account = accounts.get(draft.accountId);
      const { readSecrets, secretFor } = await loadStoredSecrets();
      const secret = secretFor(await readSecrets(database), draft.target);
      if (secret === undefined) return sent.send(account, draft);
      if (draft.extra['attachment'] !== undefined) throw fail('secrets.no_files');
      if (draft.ask !== undefined || draft.extra['priority'] === 'emergency') throw fail('secrets.no_questions');
      const { seal } = await import('../../../shared/encrypted.ts');
      const { text, desp, extra } = await seal(secret.key, { text: draft.title, desp: draft.body, extra: draft.extra });
      return sent.send(account, { ...draft, wire: { text, desp, extra } });
    },
    scheduled: async (accountId) => api.scheduled(accounts.get(accountId)),
    changeScheduled: async (accountId, id, time) => api.changeScheduled(accounts.get(accountId), id, time),
    stepScheduled: async (accountId, id, what) => api.stepScheduled(accounts.get(accountId), id, what),
    cancelScheduled: async (accountId, id) => api.cancelScheduled(accounts.get(accountId), id),
    owner: async (accountId) => (await loadOwner()).createOwner(accountId, engine, ports),
    secrets: async () => (await loadStoredSecrets()).readSecrets(database),
    async makeSecret(targets) {
      const made = await (await loadSecrets()).makeSecret(targets);
      await (await loadStoredSecrets()).putSecret(database, made.secret);
      return made;
    },
    async takeSecret(text, targets) {
      const { putSecret, decryptStored } = await loadStoredSecrets();
      await putSecret(database, await (await loadSecrets()).takeSecret(text, targets));
      const changed = await decryptStored(database);
      inbox.show(changed);
      channel.post({ kind: 'messages', ids: idsOf(changed) });
    },
    removeSecret: async (id) => (await loadStoredSecrets()).removeSecret(database, id),

    async storage() {
      const { usage = 0, quota = 0 } = await ports.storage.estimate();
      return { used: usage, quota };
    },
    exportData: async () => (await loadTransfer()).exportData(database, accounts.records(), settings.value),
    async importData(file) {
      const { readExport } = await loadTransfer();
      const incoming = await readExport(file, accounts.records());
      let count = 0;
      for (let at = 0; at < incoming.length; at += IMPORT_STEP) {
        const { changed, added } = await putDecrypted(database, incoming.slice(at, at + IMPORT_STEP));
        inbox.show(changed);
        channel.post({ kind: 'messages', ids: idsOf(changed) });
        count += added;
      }
      return count;
    },

    async install() {
      const ask = offer.value;
      if (ask === undefined) throw fail('install.unavailable');
      await ask();
    },
    applyUpdate: worker.update,
  };
}

async function runAction(
  action: Extract<MessageAction, { kind: 'http' }>,
  { fetch, page }: Pick<BrowserPorts, 'fetch' | 'page'>,
): Promise<void> {
  if (isForbiddenByPolicy(action.url, page.href)) throw fail('action.plain_http', { host: new URL(action.url).host });
  let response: Response;
  try {
    response = await callAction(action, fetch, ACTION_TIMEOUT);
  } catch {
    throw fail('action.unreachable', { host: new URL(action.url).host });
  }
  if (!response.ok) throw fail('action.failed', { status: response.status });
}
