// Lets config files of mpush 2.1 and 2.2 load unchanged: drops retired keys, and accepts loose values and small
// numbers.
// Not here: what the keys mean. The schema has them under mpush's names and with its defaults.
import { isObject } from '../../shared/object.ts';
import { mapSettings, rootSetting, typesOf } from './json-schema.ts';
import { showPath } from './problems.ts';

type Section = Readonly<Record<string, unknown>>;

/** A copy of a section without one key; `__proto__` stays a plain key. */
function without(section: Section, key: string): Section {
  return Object.fromEntries(Object.entries(section).filter(([name]) => name !== key));
}

/**
 * The config without mpush's retired keys and loose values.
 * @param warn called with a sentence for each change
 */
export function adaptMpush(config: unknown, warn: (text: string) => void): unknown {
  if (!isObject(config)) return config;
  return adaptNumbers(adaptMethods(adaptPush(config, warn), warn), warn);
}

/**
 * Before 2.1.4, browser push was configured under `fcm`. Later `fcm.serverKey` belonged to an API that is shut down.
 */
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
  ['webpush', 'comfirmMode', 'the relay always accepts push confirmations.'],
  ['fcm', 'comfirmMode', 'the relay always accepts push confirmations.'],
  ['fcm', 'serverKey', 'the legacy FCM API is shut down, use fcm.serviceAccount.'],
] as const;

/** mpush used GET only for exactly `GET`, and POST for anything else. */
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

/** `null` counts as absent. A number below its minimum is raised to the minimum. */
function adaptNumbers(config: Section, warn: (text: string) => void): unknown {
  return mapSettings(config, rootSetting, (value, setting, path) => {
    if (value === null && path.length > 0 && !typesOf(setting).has('null')) return undefined;
    const { minimum } = setting;
    if (typeof value !== 'number' || setting['x-raise'] === undefined || minimum === undefined || value >= minimum)
      return value;
    warn(`${showPath(path)}: raised to ${minimum}, the minimum.`);
    return minimum;
  });
}
