// A model without storage and network: what it holds is given, what is called is recorded. For tests and screenshots; never shipped.
import { computed, signal } from '@preact/signals';
import {
  type Account,
  ActionError,
  type AskedQuestion,
  type CheckStep,
  type ConnectionState,
  type InboxMessage,
  type Model,
  NO_FILTER,
  type OpenAlert,
  type PushState,
  type SentMessage,
  type Settings,
} from '../../../pwa/src/model/model.ts';
import type { DeviceInfo, DeviceQuiet, ScheduledMessage } from '../../../shared/api.ts';
import type { Mute } from '../../../shared/quiet.ts';
import { fakeOwner, type OwnerState } from './fake-owner.ts';
import { HOME, sampleMessages } from './samples.ts';

export const ACCOUNT: Account = {
  id: HOME,
  server: 'https://push.example.org',
  name: 'pixel',
  groups: ['family', 'ops'],
};

const HOUR = 3_600_000;

export function sampleDevices(now: number): readonly DeviceInfo[] {
  const device = (name: string, part: Partial<DeviceInfo>): DeviceInfo => ({
    name,
    groups: [],
    routes: ['websocket'],
    online: false,
    queued: 0,
    createdAt: now - 90 * 24 * HOUR,
    lastReceived: null,
    lastReceivedAt: null,
    ...part,
  });
  return [
    device('pixel', {
      groups: ['family', 'ops'],
      routes: ['websocket', 'webpush'],
      online: true,
      lastReceivedAt: now - 20_000,
    }),
    device('thinkpad', { groups: ['ops'], online: true, lastReceivedAt: now - 4 * HOUR }),
    device('ipad', {
      pairedBy: 'thinkpad',
      groups: ['family'],
      routes: ['webpush'],
      queued: 3,
      lastReceivedAt: now - 50 * HOUR,
    }),
    device('deploy-hook', { routes: ['webhook'] }),
  ];
}

export interface FakeState {
  readonly now: number;
  readonly ready: boolean;
  readonly accounts: readonly Account[];
  readonly messages: readonly InboxMessage[];
  readonly connections: ReadonlyMap<string, ConnectionState>;
  readonly alerts: readonly OpenAlert[];
  readonly questions: readonly AskedQuestion[];
  readonly scheduled: readonly ScheduledMessage[];
  readonly push: PushState;
  readonly sent: readonly SentMessage[];
  readonly settings: Partial<Settings>;
  readonly hasOlder: boolean;
  readonly mayTakeOver: boolean;
  readonly updateReady: boolean;
  readonly installable: boolean;
  readonly check: readonly CheckStep[];
  readonly owner: Partial<OwnerState>;
  readonly silence: DeviceQuiet;
  /** Actions that reject, with the words' key. */
  readonly failing: Readonly<Partial<Record<keyof Model, ActionError>>>;
}

export interface FakeModel extends Model {
  /** What was called, oldest first: the name and its arguments. */
  readonly calls: readonly (readonly [keyof Model, ...unknown[]])[];
  /** A new message comes in. */
  arrive(message: InboxMessage): void;
  setConnection(state: ConnectionState): void;
  setPush(state: PushState): void;
  setSent(sent: readonly SentMessage[]): void;
  /** Something becomes known of questions. */
  setQuestions(questions: readonly AskedQuestion[]): void;
  /** What the relay says of the messages that are sent from now on. */
  answerSend(statuses: ReadonlyMap<string, string>): void;
}

export function sampleAlerts(now: number): readonly OpenAlert[] {
  const alert = (id: string, part: Partial<OpenAlert>): OpenAlert => ({
    accountId: HOME,
    id,
    sendType: 'group',
    target: 'ops',
    key: id,
    state: 'firing',
    since: now - HOUR,
    count: 1,
    lastAt: now,
    title: '',
    flapping: false,
    ...part,
  });
  return [
    alert('disk', { title: 'Disk almost full on nas-01', since: now - 2 * HOUR, count: 37 }),
    alert('ping', { title: 'git.example.org does not answer', since: now - 14 * 60_000, count: 6, flapping: true }),
    alert('beat:backup', { sendType: 'personal', target: 'pixel', since: now - 26 * HOUR }),
    alert('ups', {
      title: 'The power supply in the cellar runs on its battery, which lasts for another twenty minutes',
      target: 'everybody-who-is-at-home',
    }),
  ];
}

export function sampleQuestions(now: number): readonly AskedQuestion[] {
  const asked = (id: string, part: Partial<AskedQuestion>): AskedQuestion => ({
    accountId: HOME,
    id,
    kind: 'choice',
    options: ['yes', 'no'],
    until: now + 4 * 60_000 + 32_000,
    sendType: 'personal',
    target: 'pixel',
    title: '',
    from: 'ci',
    mids: [],
    state: 'open',
    createdAt: now - 20_000,
    forMe: true,
    ...part,
  });
  return [
    asked('deploy', { title: 'Deploy 2.4 to production?', default: 'no' }),
    asked('dinner', {
      title: 'What shall we eat tonight? I am at the shop until seven and can still bring something',
      from: 'kitchen',
      target: 'family',
      options: ['Pasta', 'Curry with rice', 'Something from the freezer', 'Nothing, thanks', 'I cook'],
      until: now + 3 * HOUR,
      createdAt: now - 60_000,
    }),
    asked('code', { title: 'Code for the new lock', kind: 'text', from: '', createdAt: now - 90_000 }),
  ];
}

export function sampleEmergencies(now: number): readonly AskedQuestion[] {
  const [question] = sampleQuestions(now);
  if (question === undefined) throw new Error('no question');
  const { options: _, default: __, ...rest } = question;
  return [
    { ...rest, id: 'water', kind: 'acknowledge', title: 'Water in the cellar', from: 'sensor', round: 3 },
    {
      ...rest,
      id: 'db',
      kind: 'acknowledge',
      title: 'The database of the shop does not answer since 02:10, and orders are lost',
      from: 'monitoring',
      round: 7,
      escalated: ['partner', 'oncall'],
    },
  ];
}

export function sampleScheduled(now: number): readonly ScheduledMessage[] {
  return [
    {
      id: '1',
      sendType: 'personal',
      target: 'pixel',
      from: 'thinkpad',
      message: { text: 'Take the bread out of the oven', desp: '', extra: {} },
      dueAt: now + 20 * 60_000,
    },
    {
      id: 'standup',
      sendType: 'group',
      target: 'ops',
      from: '',
      message: { text: 'Stand-up', desp: '', extra: {} },
      dueAt: now + 20 * HOUR,
      cron: '0 9 * * 1-5',
      tz: 'Europe/Berlin',
    },
  ];
}

export function sampleSent(now: number): readonly SentMessage[] {
  return [
    {
      accountId: HOME,
      mid: String(now - 9000),
      target: 'family',
      group: true,
      title: 'Dinner is ready',
      time: now - 9000,
      statuses: new Map([
        ['pixel', 'ok'],
        ['ipad', 'webpush-ok'],
        ['kitchen', 'webpush-ok-comfirm'],
        ['old-phone', 'failed'],
      ]),
    },
    {
      accountId: HOME,
      mid: String(now - HOUR),
      target: 'thinkpad',
      group: false,
      title: 'https://example.org/article',
      time: now - HOUR,
      statuses: new Map([['thinkpad', 'wait']]),
    },
  ];
}

/** Whether two mutes are of the same sender, group or key. */
const isSame = (one: Mute, other: Mute) =>
  one.sender === other.sender && one.group === other.group && one.key === other.key;

export function fakeModel(given: Partial<FakeState> = {}): FakeModel {
  const now = given.now ?? Date.now();
  const calls: (readonly [keyof Model, ...unknown[]])[] = [];
  const all = signal(given.messages ?? sampleMessages(now));
  const filter = signal(NO_FILTER);
  const accounts = signal(given.accounts ?? [ACCOUNT]);
  const connections = signal(given.connections ?? new Map<string, ConnectionState>([[HOME, { kind: 'connected' }]]));
  const settings = signal<Settings>({ theme: 'system', language: 'en', mutedUntil: 0, ...given.settings });
  const push = signal<PushState>(given.push ?? { kind: 'on' });
  const sent = signal(given.sent ?? []);
  let reply: ReadonlyMap<string, string> | undefined;
  const alerts = signal(given.alerts ?? []);
  const questions = signal(given.questions ?? []);
  const scheduled = signal(given.scheduled ?? []);
  const hasOlder = signal(given.hasOlder ?? false);
  const devices = signal(sampleDevices(now));
  let silence: DeviceQuiet = given.silence ?? {};

  const messages = computed(() => {
    const { text, sender, group, priority, unreadOnly, pinnedOnly } = filter.value;
    const wanted = text.trim().toLowerCase();
    return all.value.filter(
      (one) =>
        (wanted === '' || `${one.title} ${one.body} ${one.tags.join(' ')}`.toLowerCase().includes(wanted)) &&
        (sender === undefined || one.sender === sender) &&
        (group === undefined || one.group === group) &&
        (priority === undefined || one.priority >= priority) &&
        (!unreadOnly || !one.read) &&
        (!pinnedOnly || one.pinned),
    );
  });
  const change = (chosen: readonly InboxMessage[], part: Partial<InboxMessage>) => {
    const mids = new Set(chosen.map((one) => one.mid));
    all.value = all.value.map((one) => (mids.has(one.mid) ? { ...one, ...part } : one));
  };
  const called = (name: keyof Model, ...values: unknown[]) => {
    calls.push([name, ...values]);
    const failure = given.failing?.[name];
    if (failure !== undefined) throw failure;
  };
  const account = (server: string, name: string, groups: readonly string[]): Account => {
    const made = { id: `${HOME}${accounts.value.length || ''}`, server, name, groups };
    accounts.value = [...accounts.value, made];
    return made;
  };

  return {
    calls,
    ready: signal(given.ready ?? true),
    accounts,
    connections,
    settings,
    filter,
    choices: computed(() => ({
      senders: [...new Set(all.value.map((one) => one.sender))],
      groups: [...new Set(all.value.flatMap((one) => (one.group === undefined ? [] : [one.group])))],
    })),
    messages,
    unread: computed(() => all.value.filter((one) => !one.read).length),
    hasOlder,
    alerts,
    questions,
    push,
    sent,
    updateReady: signal(given.updateReady ?? false),
    installable: signal(given.installable ?? false),
    arrive: (message) => {
      all.value = [message, ...all.value];
    },
    setConnection: (state) => {
      connections.value = new Map([[HOME, state]]);
    },
    setPush: (state) => {
      push.value = state;
    },
    answerSend: (statuses) => {
      reply = statuses;
    },
    setQuestions: (next) => {
      questions.value = next;
    },
    setSent: (next) => {
      sent.value = next;
    },

    setFilter: (part) => {
      calls.push(['setFilter', part]);
      filter.value = { ...filter.value, ...part };
    },
    setSettings: async (part) => {
      called('setSettings', part);
      settings.value = { ...settings.value, ...part };
    },
    loadOlder: async () => {
      called('loadOlder');
      hasOlder.value = false;
    },
    markRead: async (read) => {
      called('markRead', read);
      change(read, { read: true });
    },
    setPinned: async (message, pinned) => {
      called('setPinned', message, pinned);
      change([message], { pinned });
    },
    remove: async (removed) => {
      called('remove', removed);
      const mids = new Set(removed.map((one) => one.mid));
      all.value = all.value.filter((one) => !mids.has(one.mid));
    },
    find: (accountId, mid) => all.value.find((one) => one.accountId === accountId && one.mid === mid),
    closeAlert: async (alert) => {
      called('closeAlert', alert);
      alerts.value = alerts.value.filter(({ id }) => id !== alert.id);
    },
    answer: async ({ id }, text) => {
      called('answer', id, text);
      questions.value = questions.value.map((one) =>
        one.id === id ? { ...one, state: 'answered', answer: text, by: 'pixel', at: now } : one,
      );
    },
    withdraw: async ({ id }) => {
      called('withdraw', id);
      questions.value = questions.value.map((one) => (one.id === id ? { ...one, state: 'cancelled' } : one));
    },
    lookUpQuestion: async ({ id }) => called('lookUpQuestion', id),
    runAction: async (action) => called('runAction', action),
    reconnect: (accountId) => called('reconnect', accountId),
    lookUpPairing: async (server, code) => {
      called('lookUpPairing', server, code);
      return {
        server,
        code,
        groups: ['family', 'ops', 'dev'],
        names: ['thinkpad'],
        mayTakeOver: given.mayTakeOver ?? true,
        suggestedName: 'pixel',
      };
    },
    pair: async (choice, name, groups) => {
      called('pair', choice, name, groups);
      return account(choice.server, name, groups);
    },
    register: async (server, token, name, groups) => {
      called('register', server, token, name, groups);
      return account(server, name, groups);
    },
    createPairingLink: async (accountId) => {
      called('createPairingLink', accountId);
      return { url: 'https://push.example.org/#pair=k7q2mf9x3b5c', expiresAt: Date.now() + 600_000, isLocal: false };
    },
    signOut: async (accountId) => {
      called('signOut', accountId);
      accounts.value = accounts.value.filter((one) => one.id !== accountId);
    },
    devices: async (accountId) => {
      called('devices', accountId);
      return devices.value;
    },
    changeDevice: async (accountId, name, groups) => {
      called('changeDevice', accountId, name, groups);
      accounts.value = accounts.value.map((one) => (one.id === accountId ? { ...one, name, groups } : one));
    },
    relayVersion: async (accountId) => {
      called('relayVersion', accountId);
      return '0.1.0';
    },
    removeDevice: async (accountId, name, withPaired) => {
      called('removeDevice', accountId, name, withPaired);
      devices.value = devices.value.filter((one) => one.name !== name);
    },
    knownGroups: async (accountId) => {
      called('knownGroups', accountId);
      return ['family', 'ops', 'dev'];
    },
    quiet: async () => silence,
    changeQuiet: async (accountId, part) => {
      called('changeQuiet', accountId, part);
      const { quiet: _, mutes = [], ...rest } = silence;
      if ('mute' in part) silence = { ...silence, mutes: [...mutes, part.mute] };
      else if ('unmute' in part) {
        silence = { ...silence, mutes: mutes.filter((mute) => !isSame(mute, part.unmute)) };
      } else silence = part.quiet === null ? { ...rest, mutes } : { ...rest, mutes, quiet: part.quiet };
      return silence;
    },
    enablePush: async () => {
      called('enablePush');
      push.value = { kind: 'on' };
    },
    disablePush: async () => {
      called('disablePush');
      push.value = { kind: 'off' };
    },
    checkDelivery: async (accountId, report) => {
      called('checkDelivery', accountId);
      report(given.check ?? []);
      return 'accepted';
    },
    scheduled: async () => scheduled.value,
    async changeScheduled(accountId, id, time) {
      called('changeScheduled', accountId, id, time);
    },
    async stepScheduled(accountId, id, what) {
      called('stepScheduled', accountId, id, what);
    },
    async cancelScheduled(accountId, id) {
      called('cancelScheduled', accountId, id);
      scheduled.value = scheduled.value.filter((one) => one.id !== id);
    },
    owner: async () => fakeOwner(now, given.owner ?? {}, (method, ...values) => called('owner', method, ...values)),
    secrets: async () => [],
    async makeSecret(targets) {
      called('makeSecret', targets);
      const key = { kid: 'abc', cipher: {}, mac: {} };
      return { secret: { kind: 'herald', targets, key }, words: 'zoo zoo', text: 'text' };
    },
    async takeSecret(text, targets) {
      called('takeSecret', text, targets);
    },
    async removeSecret(id) {
      called('removeSecret', id);
    },
    async upload(accountId, file, onProgress) {
      called('upload', accountId, file.name);
      onProgress(0.5);
      return { url: `http://h/file/${'a'.repeat(32)}.txt`, name: file.name, size: file.size, expires: 1 };
    },
    send: async (draft) => {
      called('send', draft);
      const { accountId, target, group, title } = draft;
      const made = {
        accountId,
        mid: '1',
        target,
        group,
        title,
        time: now,
        statuses: reply ?? new Map([[target, 'wait']]),
      };
      sent.value = [made, ...sent.value];
      return made;
    },
    storage: async () => ({ used: 18_400_000, quota: 2_000_000_000 }),
    exportData: async () => {
      called('exportData');
      return new Blob(['{}'], { type: 'application/json' });
    },
    importData: async (file) => {
      called('importData', file);
      return 12;
    },
    install: async () => called('install'),
    applyUpdate: () => called('applyUpdate'),
  };
}

/** A failure of the model. */
export function failure(...[key, values]: [ActionError['text']['key'], Record<string, string | number>?]): ActionError {
  return new ActionError(values === undefined ? { key } : { key, values });
}
