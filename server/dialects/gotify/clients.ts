// Clients: keys that receive as devices of their own. And the user to whom they belong.
import { readCredential } from '../../access/credentials.ts';
import type { Key } from '../../access/keys.ts';
import { RelayError } from '../../base/errors.ts';
import { checkNewName, readGroups } from '../../delivery/device.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { clientDevice, type GotifyCaller, requireClient } from './caller.ts';
import { gotifyJson, notAllowed, unknownCaller } from './errors.ts';
import {
  allKeys,
  createShownNames,
  freeName,
  readDescribed,
  requireChangeable,
  requireOwner,
  timesOf,
} from './manage.ts';
import type { GotifyPorts } from './ports.ts';

const NOT_ELEVATED = 'session not elevated, use basic auth or call /client:elevate';
/** A device that has only the route of sockets is nothing beside its client. */
const OWN_ROUTE = 'websocket';

/** The calls about clients and users. */
export interface Clients {
  user(caller: GotifyCaller): HttpAnswer;
  list(request: HttpRequest, caller: GotifyCaller): Promise<HttpAnswer>;
  create(request: HttpRequest, caller: GotifyCaller): Promise<HttpAnswer>;
  change(request: HttpRequest, caller: GotifyCaller, id: number): Promise<HttpAnswer>;
  remove(caller: GotifyCaller, id: number): Promise<HttpAnswer>;
}

/** Makes them. */
export function createClients(
  ports: Pick<GotifyPorts, 'senderKeys' | 'devices' | 'documents' | 'registerKeyDevice' | 'pairings' | 'logger'>,
): Clients {
  const { senderKeys, devices, pairings, registerKeyDevice, logger } = ports;
  /** The clients whose devices were made with them, by their number. */
  const made = ports.documents.collection<{ readonly device: string }>('gotify-clients');

  const names = createShownNames(ports.documents);

  const groupsOf = (device: string) => devices.get(device)?.groups ?? [];

  async function rowOf(key: Key, token?: string): Promise<object> {
    return {
      id: key.number,
      ...(token === undefined ? {} : { token }),
      name: await names.of(key),
      ...timesOf(key),
      expiresAfterInactivitySeconds: 0,
    };
  }

  /** All clients, each with its device. */
  async function all(): Promise<readonly { readonly key: Key; readonly device: string }[]> {
    return (await allKeys(ports)).flatMap((key) => {
      const device = clientDevice(key, devices);
      return device === undefined ? [] : [{ key, device }];
    });
  }

  async function make(given: string, user: string): Promise<{ readonly key: Key; readonly text: string }> {
    const groups = readGroups([user]);
    const name = freeName(given, (one) => senderKeys.get(one) !== undefined || devices.get(one) !== undefined);
    checkNewName(name);
    const created = await senderKeys.create(name, { device: name, groups, send: groups, receive: [name] });
    await made.put(String(created.key.number), { device: name });
    await registerKeyDevice(created.key);
    logger.info({ key: name, number: created.key.number }, 'key created');
    return created;
  }

  /** The client that a caller may change: its own, or any for an owner. */
  async function changeable(caller: GotifyCaller, id: number): Promise<{ readonly key: Key; readonly device: string }> {
    const own = caller.user === undefined ? requireClient(caller, ports).key.number : undefined;
    if (own === undefined) requireOwner(caller);
    else if (own !== id) throw new RelayError('forbidden', NOT_ELEVATED);
    const found = (await all()).find(({ key }) => key.number === id);
    if (found === undefined) throw new RelayError('not_found', `client with id ${id} doesn't exists`);
    requireChangeable(found.key);
    return found;
  }

  /** Whether the device exists only for this client. */
  async function isOnlyFor(id: number, device: string): Promise<boolean> {
    const mark = await made.get(String(id));
    const routes = Object.keys(devices.get(device)?.routes ?? {});
    const isShared = (await allKeys(ports)).some(({ number, settings }) => number !== id && settings.device === device);
    return mark?.value.device === device && !isShared && routes.every((route) => route === OWN_ROUTE);
  }

  return {
    user(caller) {
      const { principal, user } = caller;
      if (user !== undefined) {
        const admin = principal.kind === 'owner';
        return gotifyJson({ id: 1, name: user || 'admin', admin, createdAt: new Date(0).toISOString() });
      }
      const { key, device } = requireClient(caller, ports);
      const [name = device] = groupsOf(device);
      return gotifyJson({ id: 1, name, admin: false, ...{ createdAt: timesOf(key).createdAt }, clientId: key.number });
    },
    async list(request, caller) {
      const own = caller.user === undefined ? requireClient(caller, ports) : undefined;
      if (caller.code !== undefined) throw notAllowed();
      const groups = own === undefined ? readGroups([caller.user ?? '']) : groupsOf(own.device);
      const shown = readCredential(request.headers, { query: () => request.query })?.text;
      const isSeen = (device: string) =>
        caller.user === '' || own?.device === device || groupsOf(device).some((group) => groups.includes(group));
      const seen = (await all()).filter(({ device }) => isSeen(device));
      // The Android app finds itself by its token, to end itself.
      const rows = seen.map(({ key }) => rowOf(key, key.number === own?.key.number ? shown : undefined));
      return gotifyJson(await Promise.all(rows));
    },
    async create(request, caller) {
      const { code, user = '' } = caller;
      if (code === undefined) requireOwner(caller);
      const { name } = await readDescribed(request);
      const created =
        code === undefined
          ? await make(name, user)
          : await pairings.redeem(code, async (grant) => {
              // The device that made the code may have been removed.
              if (!(await grant.stands())) throw unknownCaller();
              return make(name, user);
            });
      // Another request was faster.
      if (created === undefined) throw unknownCaller();
      return gotifyJson(await rowOf(created.key, created.text));
    },
    async change(request, caller, id) {
      const { key } = await changeable(caller, id);
      const { name } = await readDescribed(request);
      await names.give(key, name);
      return gotifyJson(await rowOf(key));
    },
    async remove(caller, id) {
      const { key, device } = await changeable(caller, id);
      const isOnly = await isOnlyFor(id, device);
      await senderKeys.remove(key.name);
      logger.info({ key: key.name }, 'key removed');
      if (isOnly) await devices.remove(device);
      await Promise.all([made.remove(String(id)), names.forget(id)]);
      return { status: 200, headers: {}, body: '' };
    },
  };
}
