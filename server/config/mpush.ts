// What the config files of mpush 2.1 and 2.2 need to load unchanged: retired keys, loose values, floors of numbers.
// Not here: what the keys mean; names and defaults are mpush's own and stand in the schema.
import { isObject } from '../../shared/object.ts';
import { mapSettings, rootSetting, typesOf } from './json-schema.ts';
import { showPath } from './problems.ts';

type Section = Readonly<Record<string, unknown>>;

/** A section without one of its keys; `__proto__` stays the plain key that it was. */
function without(section: Section, key: string): Section {
  return Object.fromEntries(Object.entries(section).filter(([name]) => name !== key));
}

/**
 * The config without what mpush has retired or took loosely.
 * @param warn is told, in a sentence each, what was dropped or changed.
 */
export function adaptMpush(config: unknown, warn: (text: string) => void): unknown {
  if (!isObject(config)) return config;
  return adaptNumbers(adaptMethods(adaptPush(config, warn), warn), warn);
}

/** Before 2.1.4 the section of browser push was called `fcm`; later its `serverKey` belonged to an API that is gone. */
function adaptPush(config: Section, warn: (text: string) => void): Section {
  let adapted = config;
  if (
    isObject(config['fcm']) &&
    !Object.hasOwn(config, 'webpush') &&
    'serverKey' in config['fcm'] &&
    !('projectId' in config['fcm']) &&
    !('serviceAccount' in config['fcm'])
  ) {
    warn('fcm: read as webpush, which is what mpush 2.1.0 to 2.1.3 meant by it.');
    adapted = { ...without(config, 'fcm'), webpush: config['fcm'] };
  }
  for (const [name, key, reason] of RETIRED) {
    const section = adapted[name];
    if (!isObject(section) || !Object.hasOwn(section, key)) continue;
    // The sample file of mpush 2.2 has every key, most of them empty.
    if (section[key] !== '') warn(`${name}.${key}: ignored; ${reason}`);
    adapted = { ...adapted, [name]: without(section, key) };
  }
  return adapted;
}

const RETIRED = [
  ['webpush', 'comfirmMode', 'confirmations of pushes are always taken.'],
  ['fcm', 'comfirmMode', 'confirmations of pushes are always taken.'],
  ['fcm', 'serverKey', 'the legacy FCM API is shut down, use fcm.serviceAccount.'],
] as const;

/** Exactly `GET` is GET; mpush sent anything else as POST. */
function adaptMethods(config: Section, warn: (text: string) => void): Section {
  const webhook = config['webhook'];
  if (!isObject(webhook) || !Array.isArray(webhook['clients'])) return config;
  const clients = webhook['clients'].map((client: unknown, index) => {
    if (!isObject(client) || typeof client['method'] !== 'string' || /^(?:GET|POST)$/.test(client['method']))
      return client;
    warn(`webhook.clients[${index}].method: taken as "POST"; expected "GET" or "POST".`);
    return { ...client, method: 'POST' };
  });
  return { ...config, webhook: { ...webhook, clients } };
}

/** `null` counts as absent, and a number below its floor is raised to it. */
function adaptNumbers(config: Section, warn: (text: string) => void): unknown {
  return mapSettings(config, rootSetting, (value, setting, path) => {
    if (value === null && path.length > 0 && !typesOf(setting).has('null')) return undefined;
    const { minimum } = setting;
    if (typeof value !== 'number' || setting['x-raise'] === undefined || minimum === undefined || value >= minimum)
      return value;
    warn(`${showPath(path)}: raised to ${minimum}, the least it may be.`);
    return minimum;
  });
}
