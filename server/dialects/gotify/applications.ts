// Applications: keys that send to where they were made for.

import { isObject, ownValue } from '../../../shared/object.ts';
import type { Key } from '../../access/keys.ts';
import { RelayError } from '../../base/errors.ts';
import { deviceName, readGroups } from '../../delivery/device.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { type GotifyCaller, RELAY, requireClient, targetOf } from './caller.ts';
import { gotifyJson, invalid } from './errors.ts';
import { readFields } from './fields.ts';
import {
  allKeys,
  createShownNames,
  freeName,
  readDescribed,
  requireChangeable,
  requireOwner,
  timesOf,
} from './manage.ts';
import { numberOf, priorityOf } from './message.ts';
import { DEFAULT_PICTURE, type Pictures } from './pictures.ts';
import type { GotifyPorts } from './ports.ts';

/** The address of the icon of a key, as programs of Gotify can load it. */
function iconOf(icon: string | undefined): string {
  return icon !== undefined && URL.canParse(icon) ? icon : DEFAULT_PICTURE;
}

/** The calls about applications. */
export interface Applications {
  list(caller: GotifyCaller): Promise<HttpAnswer>;
  create(request: HttpRequest, caller: GotifyCaller): Promise<HttpAnswer>;
  change(request: HttpRequest, caller: GotifyCaller, id: number): Promise<HttpAnswer>;
  remove(caller: GotifyCaller, id: number): Promise<HttpAnswer>;
  /** Gives it another token. */
  secure(request: HttpRequest, caller: GotifyCaller, id: number): Promise<HttpAnswer>;
  /** Gives it a picture. */
  upload(request: HttpRequest, caller: GotifyCaller, id: number): Promise<HttpAnswer>;
  removePicture(caller: GotifyCaller, id: number): Promise<HttpAnswer>;
  /** Whether the client sees this application. */
  isKnown(caller: GotifyCaller, id: number): Promise<boolean>;
}

/** Makes them. */
export function createApplications(
  ports: Pick<GotifyPorts, 'senderKeys' | 'devices' | 'documents' | 'logger'>,
  pictures: Pictures,
): Applications {
  const { senderKeys, devices, logger } = ports;
  const names = createShownNames(ports.documents);
  /** What users wrote about applications, by their number. */
  const descriptions = ports.documents.collection<{ readonly text: string }>('gotify-apps');

  /** Whether messages of an application reach a group, or a device. */
  function reaches(key: Key, { user }: GotifyCaller, device: string | undefined): boolean {
    const target = targetOf(key);
    if (target === undefined) return false;
    const { sendType, name } = target;
    if (user === '') return true;
    if (device !== undefined && sendType === 'personal') return deviceName(name, devices) === device;
    if (device !== undefined) return devices.get(device)?.groups.includes(name) === true;
    return sendType === 'group' ? name === user : devices.get(name)?.groups.includes(user ?? '') === true;
  }

  async function seenBy(caller: GotifyCaller): Promise<readonly Key[]> {
    const device = caller.user === undefined ? requireClient(caller, ports).device : undefined;
    return (await allKeys(ports)).filter((key) => reaches(key, caller, device));
  }

  async function rowOf(key: Key, token?: string): Promise<object> {
    const { number, settings } = key;
    const { sendType = 'personal', name: target = '' } = targetOf(key) ?? {};
    const written = (await descriptions.get(String(number)))?.value.text ?? '';
    return {
      id: number,
      ...(token === undefined ? {} : { token }),
      name: await names.of(key),
      description: written || `→ ${target}.${sendType === 'group' ? 'group' : 'send'}`,
      internal: false,
      image: (await pictures.pathOf(number)) ?? iconOf(settings.icon),
      defaultPriority: numberOf(settings.priority),
      ...timesOf(key),
      sortKey: `a${number.toString(36)}`,
    };
  }

  const relayRow = {
    id: RELAY.number,
    name: RELAY.name,
    description: 'Messages that came without a key',
    internal: true,
    image: DEFAULT_PICTURE,
    defaultPriority: numberOf(),
    createdAt: new Date(0).toISOString(),
    lastUsed: null,
    sortKey: 'a0',
  };

  /** The application that an owner changes. */
  async function changeable(caller: GotifyCaller, id: number): Promise<Key> {
    requireOwner(caller);
    if (id === RELAY.number) throw invalid('cannot delete internal application');
    const key = (await allKeys(ports)).find(({ number }) => number === id);
    if (key === undefined || targetOf(key) === undefined) {
      throw new RelayError('not_found', `app with id ${id} doesn't exists`);
    }
    requireChangeable(key);
    return key;
  }

  const describe = (number: number, text: string) =>
    text === '' ? descriptions.remove(String(number)) : descriptions.put(String(number), { text });

  return {
    async list(caller) {
      const rows = await Promise.all((await seenBy(caller)).map((key) => rowOf(key)));
      return gotifyJson([relayRow, ...rows]);
    },
    async create(request, caller) {
      requireOwner(caller);
      const { name, description, defaultPriority } = await readDescribed(request);
      const [group, ...more] = readGroups([caller.user ?? '']);
      if (group === undefined || more.length > 0) {
        throw invalid('the user name says to which group the application sends: log in with one');
      }
      const priority = defaultPriority === undefined ? {} : { priority: priorityOf(defaultPriority) };
      const free = freeName(name, (one) => senderKeys.get(one) !== undefined);
      const { key, text } = await senderKeys.create(free, { group, ...priority });
      if (description !== '') await describe(key.number, description);
      logger.info({ key: key.name, number: key.number }, 'key created');
      return gotifyJson(await rowOf(key, text));
    },
    async change(request, caller, id) {
      const key = await changeable(caller, id);
      const { name, description, defaultPriority = 0 } = await readDescribed(request);
      const priority = priorityOf(defaultPriority);
      const changed = await senderKeys.change(key.name, (settings) => ({ ...settings, priority }));
      await Promise.all([describe(id, description), names.give(key, name)]);
      return gotifyJson(await rowOf(changed));
    },
    async remove(caller, id) {
      const { name } = await changeable(caller, id);
      await senderKeys.remove(name);
      await Promise.all([describe(id, ''), names.forget(id), pictures.remove(id)]);
      logger.info({ key: name }, 'key removed');
      return { status: 200, headers: {}, body: '' };
    },
    async secure(request, caller, id) {
      const { name } = await changeable(caller, id);
      const { values } = await readFields(request, 'api.Security');
      const asked =
        values instanceof Map
          ? values.get('regenerateToken') === 'true'
          : isObject(values) && ownValue(values, 'regenerateToken') === true;
      if (!asked) throw invalid("Field 'regenerateToken' is required");
      const { text } = await senderKeys.rotate(name, 0);
      logger.info({ key: name, keep: 0 }, 'key rotated');
      return gotifyJson({ regenerateToken: { token: text } });
    },
    async upload(request, caller, id) {
      const key = await changeable(caller, id);
      await pictures.upload(request, id);
      return gotifyJson(await rowOf(key));
    },
    async removePicture(caller, id) {
      const key = await changeable(caller, id);
      if (!(await pictures.remove(id))) throw invalid(`app with id ${id} does not have a customized image`);
      return gotifyJson(await rowOf(key));
    },
    async isKnown(caller, id) {
      return id === RELAY.number || (await seenBy(caller)).some(({ number }) => number === id);
    },
  };
}
