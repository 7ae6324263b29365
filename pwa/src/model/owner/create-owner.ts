// Carries out what an owner does, with requests to the relay.
import type { BeatInfo, BeatList, DeviceInfo, KeyInfo, Me, Registered } from '../../../../shared/api.ts';
import type { BrowserPorts } from '../browser-ports.ts';
import type { Engine } from '../engine.ts';
import { type CallOptions, createCall } from '../relay/call.ts';
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
  const beat = (id: string) => `/v1/beats/${encodeURIComponent(id)}`;

  return {
    manages: async () => (await call<Me>('GET', '/v1/me')).manage === true,
    async manage(shown) {
      const { auth, webpushPublicKey: vapidKey } = await call<Registered>('POST', '/v1/me/manage', { token: shown });
      await accounts.put({ ...accounts.get(accountId), auth, vapidKey });
      await accountsChanged();
    },
    endManage: (name) => call('DELETE', `/v1/devices/${encodeURIComponent(name)}/manage`),
    devices: async () => (await call<{ devices: DeviceInfo[] }>('GET', '/v1/devices')).devices,

    senders: async () => (await call<{ keys: KeyInfo[] }>('GET', '/v1/keys')).keys,
    createSender: (name, settings) => call('POST', '/v1/keys', { ...settings, name }),
    changeSender: (name, settings) => call('PATCH', key(name), settings),
    rotateSender: (name, keep) => call('POST', `${key(name)}/rotate`, { keep }),
    removeSender: (name) => call('DELETE', key(name)),
    followUses: (name, since, tell) =>
      followUses(`${key(name)}/uses`, since, tell, {
        fetch,
        clock,
        random,
        caller: () => accounts.get(accountId),
        lastUse: async () => (await call<KeyInfo>('GET', key(name))).lastUse,
      }),

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
  };
}
