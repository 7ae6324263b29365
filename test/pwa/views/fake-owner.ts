// An owner without a relay: what it holds is given, what is called is recorded. For tests and screenshots; never shipped.
import type { Owner } from '../../../pwa/src/model/owner/owner.ts';
import type {
  ActivityMessage,
  AlertInfo,
  AppInfo,
  BeatInfo,
  BeatRun,
  DeviceInfo,
  KeyInfo,
  KeyUseInfo,
  LogLineInfo,
  MadeKeyInfo,
  NamedKeyUse,
  NodeList,
  RouteHealth,
} from '../../../shared/api.ts';
import type { LastPayload, SenderTest, TemplateInfo, TemplatePreview } from '../../../shared/templates.ts';
import {
  CHANNELS,
  sampleActivity,
  sampleApps,
  sampleEvents,
  sampleLines,
  sampleNodes,
  sampleRoutes,
} from './fake-watch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What the relay has. */
export interface OwnerState {
  readonly manages: boolean;
  readonly senders: readonly KeyInfo[];
  readonly beats: readonly BeatInfo[];
  readonly devices: readonly DeviceInfo[];
  /** The uses of a new key, in the order in which they come. */
  readonly uses: readonly KeyUseInfo[];
  readonly activity: readonly ActivityMessage[];
  readonly routes: readonly RouteHealth[];
  readonly alerts: readonly AlertInfo[];
  readonly apps: readonly AppInfo[];
  readonly nodes: NodeList;
  readonly lines: readonly LogLineInfo[];
  /** The uses of all keys that come. */
  readonly allUses: readonly NamedKeyUse[];
  readonly tested: SenderTest;
  readonly payload: LastPayload;
  readonly templates: readonly TemplateInfo[];
  readonly preview: TemplatePreview;
  /** Methods that reject. */
  readonly failing: Readonly<Partial<Record<keyof Owner, Error>>>;
}

const ADDRESS = 'https://push.example.org';

export function sampleSenders(now: number): readonly KeyInfo[] {
  const sender = (name: string, number: number, part: Partial<KeyInfo>): KeyInfo => ({
    name,
    number,
    enabled: true,
    signed: false,
    configured: false,
    createdAt: now - 40 * DAY,
    lastUse: null,
    sent: 0,
    refused: 0,
    limited: 0,
    ...part,
  });
  const used = (ago: number, title: string) => ({ at: now - ago, address: '192.0.2.7', dialect: 'mpush', title });
  return [
    sender('monitoring', 2, {
      group: 'ops',
      configured: true,
      sent: 12_874,
      lastUse: used(70_000, 'Disk almost full on nas-01'),
    }),
    sender('nas', 3, {
      device: 'pixel',
      sent: 214,
      refused: 3,
      limited: 12,
      priority: 4,
      rate: { perMinute: 60, burst: 120 },
      lastUse: used(2 * HOUR, 'Snapshot of /volume1/photos finished in 12 minutes, 4.1 GB, and nothing was left out'),
    }),
    sender('GitHub Actions', 4, { group: 'dev', sent: 48, lastUse: used(3 * DAY, 'herald #4711 is live') }),
    sender('doorbell-of-the-house-of-my-parents-in-law', 5, { device: 'ipad', enabled: false }),
    sender('trial', 6, { device: 'pixel', expires: now - DAY, sent: 1, lastUse: used(20 * DAY, 'test') }),
    sender('summer-house', 7, { device: 'pixel', expires: now + 20 * DAY }),
  ];
}

export function sampleBeats(now: number): readonly BeatInfo[] {
  const run = (at: number, part: Partial<BeatRun> = {}): BeatRun => ({ at, state: 'ok', duration: 254_000, ...part });
  const days = (count: number, except: (ago: number) => Partial<BeatRun> = () => ({})) =>
    Array.from({ length: count }, (_, index) => run(now - (count - index) * DAY + 6 * HOUR, except(count - index)));
  const beat = (key: string, part: Partial<BeatInfo>): BeatInfo => ({
    id: key,
    sendType: 'personal',
    target: 'pixel',
    key,
    uuid: '0b9c8f0e-6a53-4f0e-8f43-6f1f5c6d7e8f',
    state: 'up',
    every: DAY,
    grace: HOUR,
    createdAt: now - 40 * DAY,
    lastAt: now - 18 * HOUR,
    deadline: now + 7 * HOUR,
    runs: days(30),
    ...part,
  });
  return [
    beat('backup', {
      state: 'down',
      lastAt: now - 26 * HOUR,
      runs: [
        ...days(29, (ago) => (ago === 12 ? { state: 'failed', exit: 2, duration: 61_000 } : {})),
        { at: now - HOUR, state: 'missing' },
      ],
    }),
    beat('certificates', { sendType: 'group', target: 'ops', cron: '0 4 * * 1', tz: 'Europe/Berlin', runs: days(8) }),
    beat('photos', { state: 'late', lastAt: now - 24.5 * HOUR, startedAt: now - 4 * 60_000 }),
    beat('rsync to the other house', {
      state: 'failed',
      runs: days(30, (ago) => (ago < 3 ? { state: 'failed', exit: 23, duration: 9000 } : {})),
    }),
    beat('tape', { state: 'paused', every: 7 * DAY, grace: DAY, runs: [] }),
  ];
}

export function fakeOwner(
  now: number,
  given: Partial<OwnerState>,
  record: (method: keyof Owner, ...values: readonly unknown[]) => void,
): Owner {
  let { templates = [] } = given;
  let { manages = true, senders = sampleSenders(now), beats = sampleBeats(now), devices = [] } = given;
  const called = (method: keyof Owner, ...values: readonly unknown[]) => {
    record(method, ...values);
    const failure = given.failing?.[method];
    if (failure !== undefined) throw failure;
  };
  const made = (sender: KeyInfo): MadeKeyInfo => {
    const { device, group } = sender;
    const path =
      group === undefined ? `/${encodeURIComponent(device ?? '')}.send` : `/${encodeURIComponent(group)}.group`;
    const key = 'Ab3xT9qLmZ0pQ7s';
    const addresses = [
      { kind: 'curl', text: `curl -H 'Authorization: Bearer ${key}' -d 'Hello' '${ADDRESS}${path}'` },
      { kind: 'webhook', text: `${ADDRESS}${path}?token=${key}` },
      { kind: 'hook', text: `${ADDRESS}/hook/${key}` },
    ] as const;
    return { ...sender, key, addresses: (device ?? group) === undefined ? [] : addresses };
  };
  const find = (name: string) => {
    const found = senders.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no sender ${name}`);
    return found;
  };
  return {
    manages: async () => manages,
    async manage(shown) {
      called('manage', shown);
      manages = true;
    },
    async endManage(name) {
      called('endManage', name);
      manages = false;
      devices = devices.map(({ manage: _, ...device }) => device);
    },
    async devices() {
      called('devices');
      return devices;
    },
    async senders() {
      called('senders');
      return senders;
    },
    async createSender(name, settings) {
      called('createSender', name, settings);
      const [first = find(name)] = sampleSenders(now).slice(5);
      const { expires: _, device: __, ...rest } = first;
      const sender: KeyInfo = { ...rest, ...settings, name, number: 99 };
      senders = [...senders, sender];
      return made(sender);
    },
    async changeSender(name, settings) {
      called('changeSender', name, settings);
      senders = senders.map((one) => (one.name === name ? { ...one, ...settings } : one));
      return find(name);
    },
    async rotateSender(name, keep) {
      called('rotateSender', name, keep);
      return made(find(name));
    },
    async removeSender(name) {
      called('removeSender', name);
      senders = senders.filter((one) => one.name !== name);
    },
    followUses(name, since, tell) {
      called('followUses', name, since);
      for (const use of given.uses ?? []) tell(use);
      return () => {};
    },
    followAllUses(tell) {
      called('followAllUses');
      for (const use of given.allUses ?? []) tell(use);
      return () => {};
    },
    async testSender(name, tool, key) {
      called('testSender', name, tool, key);
      return given.tested ?? { answers: [{ status: 200, body: '{}' }] };
    },
    async lastPayload(name) {
      called('lastPayload', name);
      return given.payload ?? null;
    },
    async templates() {
      called('templates');
      return { templates, builtIn: ['alertmanager', 'json'] };
    },
    async saveTemplate(name, template) {
      called('saveTemplate', name, template);
      templates = [...templates.filter((one) => one.name !== name), { ...template, name, configured: false }];
    },
    async removeTemplate(name) {
      called('removeTemplate', name);
      templates = templates.filter((one) => one.name !== name);
    },
    async previewTemplate(template, payload, sender) {
      called('previewTemplate', template, payload, sender);
      return given.preview ?? { fields: { title: '', body: '', markdown: false, tags: [] }, problems: [] };
    },
    async beats() {
      called('beats');
      return beats;
    },
    async changeBeat(id, times) {
      called('changeBeat', id, times);
    },
    async pauseBeat(id) {
      called('pauseBeat', id);
      beats = beats.map((one) => (one.id === id ? { ...one, state: 'paused' } : one));
    },
    async removeBeat(id) {
      called('removeBeat', id);
      beats = beats.filter((one) => one.id !== id);
    },

    async activity(filter, before) {
      called('activity', filter, before);
      const { sender, target, status } = filter;
      const all = (given.activity ?? sampleActivity(now)).filter(
        (one) =>
          (sender === undefined || one.from === sender) &&
          (target === undefined || one.target === target || one.recipients.some(({ device }) => device === target)) &&
          (status !== 'failed' || one.recipients.some((recipient) => recipient.status === 'failed')),
      );
      // Two pages, if nothing is chosen.
      const isWhole = Object.keys(filter).length > 0 || all.length < 3;
      const messages = isWhole ? all : before === undefined ? all.slice(0, -1) : all.slice(-1);
      return { messages, more: !isWhole && before === undefined, last: messages.at(-1)?.mid ?? '0' };
    },
    async sendAgain(mid, device) {
      called('sendAgain', mid, device);
    },
    async routes() {
      called('routes');
      return given.routes ?? sampleRoutes(now);
    },
    async open() {
      called('open');
      return { alerts: given.alerts ?? [], questions: [] };
    },
    async changeDevice(name, change) {
      called('changeDevice', name, change);
      devices = devices.map((one) => (one.name === name ? { ...one, ...change } : one));
    },
    async changeQuiet(name, quiet) {
      called('changeQuiet', name, quiet);
    },
    async removeDevice(name) {
      called('removeDevice', name);
      devices = devices.filter((one) => one.name !== name);
    },
    async apps() {
      called('apps');
      return given.apps ?? sampleApps();
    },
    async appChannels(id, prefix) {
      called('appChannels', id, prefix);
      const channels = CHANNELS.channels.filter(({ name }) => name.startsWith(prefix));
      return { ...CHANNELS, channels };
    },
    followApp(id, tell) {
      called('followApp', id);
      for (const event of sampleEvents(now)) tell(event);
      return () => {};
    },
    async nodes() {
      called('nodes');
      return given.nodes ?? sampleNodes(now);
    },
    async log(since) {
      called('log', since);
      return (given.lines ?? sampleLines(now)).filter(({ at }) => at >= since);
    },
    async backup(token) {
      called('backup', token);
      return new Blob(['SQLite format 3']);
    },
  };
}
