// Carries out what an owner does, with requests to the relay.
import type {
  AlertList,
  AnswerList,
  AppEvent,
  AppList,
  BeatInfo,
  BeatList,
  DeviceInfo,
  KeyInfo,
  LogPage,
  Me,
  NamedKeyUse,
  Registered,
  RouteList,
} from '../../../../shared/api.ts';
import { parseObject } from '../../../../shared/object.ts';
import type { LastPayloadAnswer } from '../../../../shared/templates.ts';
import type { BrowserPorts } from '../browser-ports.ts';
import type { Engine } from '../engine.ts';
import { type CallOptions, createCall, readFile } from '../relay/call.ts';
import { followEvents } from './event-stream.ts';
import type { Owner } from './owner.ts';
import { followUses } from './uses.ts';

/** Makes the owner at the relay of an account. */
export function createOwner(
  accountId: string,
  { accounts, accountsChanged }: Pick<Engine, 'accounts' | 'accountsChanged'>,
  { fetch, page, clock, random }: Pick<BrowserPorts, 'fetch' | 'page' | 'clock' | 'random'>,
): Owner {
  const request = createCall({ fetch, online: page.online, page: page.href });
  // The account is read each time, because its token changes.
  const call = <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const options: CallOptions = body === undefined ? { method } : { method, body };
    return request<T>(accounts.get(accountId), path, options);
  };
  const key = (name: string) => `/v1/keys/${encodeURIComponent(name)}`;
  const templatePath = (name: string) => `/v1/templates/${encodeURIComponent(name)}`;
  const device = (name: string) => `/v1/devices/${encodeURIComponent(name)}`;
  const app = (id: string) => `/v1/apps/${encodeURIComponent(id)}`;
  const streamPorts = { fetch, clock, random, caller: () => accounts.get(accountId) };
  const beat = (id: string) => `/v1/beats/${encodeURIComponent(id)}`;

  return {
    manages: async () => (await call<Me>('GET', '/v1/me')).manage === true,
    async manage(shown) {
      const { auth, webpushPublicKey: vapidKey } = await call<Registered>('POST', '/v1/me/manage', { token: shown });
      await accounts.put({ ...accounts.get(accountId), auth, vapidKey });
      await accountsChanged();
    },
    endManage: (name) => call('DELETE', `${device(name)}/manage`),
    devices: async () => (await call<{ devices: DeviceInfo[] }>('GET', '/v1/devices')).devices,

    senders: async () => (await call<{ keys: KeyInfo[] }>('GET', '/v1/keys')).keys,
    createSender: (name, settings) => call('POST', '/v1/keys', { ...settings, name }),
    changeSender: (name, settings) => call('PATCH', key(name), settings),
    rotateSender: (name, keep) => call('POST', `${key(name)}/rotate`, { keep }),
    removeSender: (name) => call('DELETE', key(name)),
    followUses: (name, since, tell) =>
      followUses(`${key(name)}/uses`, since, tell, {
        ...streamPorts,
        lastUse: async () => (await call<KeyInfo>('GET', key(name))).lastUse,
      }),
    followAllUses: (tell) =>
      followUses('/v1/key-uses', 0, (use) => tell(use as NamedKeyUse), { ...streamPorts, lastUse: async () => null }),
    testSender: (name, tool, text) => call('POST', `${key(name)}/test`, { tool, key: text }),
    lastPayload: async (name) => (await call<LastPayloadAnswer>('GET', `${key(name)}/payload`)).payload,

    templates: () => call('GET', '/v1/templates'),
    saveTemplate: (name, template) => call('PUT', templatePath(name), template),
    removeTemplate: (name) => call('DELETE', templatePath(name)),
    previewTemplate: (template, payload, owner) => call('POST', '/v1/templates/preview', { template, payload, owner }),

    async beats() {
      const found: BeatInfo[] = [];
      let after: string | undefined;
      do {
        const query = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
        const page: BeatList = await call('GET', `/v1/beats?limit=1000${query}`);
        found.push(...page.beats);
        after = page.cursor;
      } while (after !== undefined);
      return found;
    },
    changeBeat: (id, times) => call('PATCH', beat(id), times),
    pauseBeat: (id) => call('POST', `${beat(id)}/pause`, {}),
    removeBeat: (id) => call('DELETE', beat(id)),

    activity: (filter, before) => call('GET', `/v1/activity${queryOf({ ...filter, before })}`),
    async sendAgain(mid, name) {
      await call('POST', `/v1/activity/${encodeURIComponent(mid)}/again`, { device: name });
    },
    routes: async () => (await call<RouteList>('GET', '/v1/routes')).routes,
    async open() {
      const [{ alerts }, { answers: questions }] = await Promise.all([
        call<AlertList>('GET', '/v1/alerts?open=1&limit=1000'),
        call<AnswerList>('GET', '/v1/answers?open=1&limit=1000'),
      ]);
      return { alerts, questions };
    },
    changeDevice: (name, change) => call('PATCH', device(name), change),
    changeQuiet: (name, quiet) => call('PATCH', device(name), { quiet }),
    removeDevice: (name) => call('DELETE', device(name)),
    apps: async () => (await call<AppList>('GET', '/v1/apps')).apps,
    appChannels: (id, prefix) => call('GET', `${app(id)}/channels${queryOf({ prefix })}`),
    followApp: (id, tell) =>
      followEvents(
        `${app(id)}/events`,
        (event, data) => {
          const found = event === 'event' ? readEvent(data) : undefined;
          if (found !== undefined) tell(found);
        },
        streamPorts,
      ),
    nodes: () => call('GET', '/v1/nodes'),
    log: async (since) => (await call<LogPage>('GET', `/v1/log?since=${since}`)).lines,
    backup: (token) => readFile(fetch, { ...accounts.get(accountId), auth: token }, '/v1/backup'),
  };
}

/** The parameters that are given. */
function queryOf(values: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function readEvent(data: string): AppEvent | undefined {
  const { at, channel, name, data: text } = parseObject(data) ?? {};
  const isEvent = typeof at === 'number' && [channel, name, text].every((one) => typeof one === 'string');
  return isEvent ? { at, channel: String(channel), name: String(name), data: String(text) } : undefined;
}
