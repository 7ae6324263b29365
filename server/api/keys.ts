// Routes for the keys of senders: list, make, change, give a new text, end. Only the owner may use them.
import { z } from 'zod';
import type { KeyInfo, KeyList, KeySettings, MadeKeyInfo } from '../../shared/api.ts';
import type { SenderTest } from '../../shared/templates.ts';
import type { Key } from '../access/keys.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { sourceOf } from '../dialects/kit/caller.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { API, callerOf } from './access.ts';
import { readJsonBody, readShape, route } from './json-routes.ts';
import { addressesOf } from './key-addresses.ts';
import { createKeyUses, storedUse } from './key-uses.ts';
import { conflictOf, keyFields, keyName } from './keys-config.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { removal } from './schemas/devices.ts';
import { keyInfo, keyList, keyUse, madeKey, namedKeyUse } from './schemas/owner.ts';
import { senderTest } from './schemas/templates.ts';
import { examplesOf } from './sender-examples.ts';

const DAY = 24 * 3_600_000;
/** How long an older text stays good after a rotation, in ms: by default and at most. */
const KEEP = { preset: 7 * DAY, max: 365 * DAY };

const newKey = z.strictObject({ name: keyName, form: z.literal('tk_').optional(), ...keyFields });
const testShape = z.strictObject({
  tool: z.string().max(64).describe('The kind of sender.'),
  key: z.string().max(256).describe('The text of the key.'),
});
const rotation = z.strictObject({ keep: z.int().min(0).max(KEEP.max).default(KEEP.preset) });
/** A null takes a setting away. */
const change = z.strictObject(
  Object.fromEntries(Object.entries(keyFields).map(([name, field]) => [name, field.nullable()])),
);

type SenderAnswer = SenderTest['answers'][number];

const callers = 'token';
const LIST = { summary: 'The keys of senders, without their texts.', callers, answers: { 200: keyList } };
const CREATE = {
  summary: 'Makes a key, and shows its text this one time.',
  callers,
  body: newKey,
  answers: { 201: madeKey },
  errors: ['conflict'],
} as const;
const READ = { summary: 'One key: its rights, its last use, how much it sent.', callers, answers: { 200: keyInfo } };
const CHANGE = {
  summary: 'Changes a key; null takes a setting away.',
  callers,
  body: change,
  answers: { 200: keyInfo },
};
const ROTATE = {
  summary: 'Gives a key a new text. The older one stays good for "keep" ms.',
  callers,
  body: rotation,
  answers: { 201: madeKey },
};
const REMOVE = { summary: 'Ends a key at once.', callers, answers: { 200: removal } };
const USES = {
  summary: 'Tells the uses of a key as they happen.',
  callers,
  answers: {},
  events: { open: z.strictObject({}), use: keyUse },
};

const ALL_USES = {
  summary: 'Tells the uses of all keys as they happen.',
  callers,
  answers: {},
  events: { open: z.strictObject({}), use: namedKeyUse },
};

const TEST = {
  summary: 'Has the relay send itself what a kind of sender sends, with this key.',
  callers,
  body: testShape,
  answers: { 200: senderTest },
} as const;

/** @throws RelayError `invalid` if the settings do not fit together */
function checked(given: Readonly<Record<string, unknown>>): KeySettings {
  // Without those that were taken away, as they are stored.
  const settings: KeySettings = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  );
  const problem = conflictOf(settings);
  if (problem !== undefined) throw new RelayError('invalid', problem);
  return settings;
}

/** @throws RelayError `invalid` for a key that would have ended already, such as one whose end is in seconds */
function checkEnd(expires: unknown, now: number): void {
  if (typeof expires === 'number' && expires <= now) {
    throw new RelayError('invalid', 'expires: expected a time in the future, in ms since 1970');
  }
}

/** A key as its owner sees it, without its text and its secret. */
function infoOf({ name, number, createdAt, settings, usage, isConfigured }: Key): KeyInfo {
  const { secret, enabled = true, ...shown } = settings;
  const { sent = 0, refused = 0, limited = 0 } = usage ?? {};
  return {
    name,
    number,
    ...shown,
    enabled,
    signed: secret !== undefined,
    configured: isConfigured,
    createdAt,
    lastUse: usage === undefined ? null : storedUse(usage),
    sent,
    refused,
    limited,
  };
}

/** Creates the routes for keys. */
export function keysRoutes(ports: ApiPorts, config: ApiConfig): ApiRoute[] {
  const { senderKeys: keys, logger } = ports;
  const { keepalive } = config.streams;
  const follow = createKeyUses(ports, keepalive);

  /** A caller that can make keys can do everything that keys can, so a key with `manage` is not enough. */
  async function requireOwner(request: HttpRequest): Promise<Principal> {
    const caller = await callerOf(request, ports);
    if (!caller.isOwner) {
      throw new RelayError('forbidden', "keys need the relay's token, or a device that manages the relay");
    }
    return caller;
  }

  async function required(name: string): Promise<Key> {
    if (keys.get(name) === undefined) await keys.catchUp();
    const key = keys.get(name);
    if (key === undefined) throw new RelayError('not_found', `there is no key ${name}`);
    return key;
  }

  function shown(request: HttpRequest, key: Key, text: string): MadeKeyInfo {
    return {
      ...infoOf(key),
      key: text,
      addresses: addressesOf(ports.publicUrl(request), text, key.settings, config),
    };
  }

  /** Sends what a kind of sender sends, in the same way as it does. Stops at the first request that is refused. */
  async function trySender(tool: string, { settings }: Key, text: string): Promise<SenderTest['answers']> {
    const addresses = addressesOf('', text, settings, config);
    const byKind = new Map(addresses.map(({ kind, text: address }) => [kind, address] as const));
    const target = settings.group ?? settings.device ?? settings.send?.find((one) => !one.includes('*')) ?? '';
    const examples = examplesOf(tool, { key: text, target, addresses: byKind, secret: settings.secret });
    if (examples === undefined) throw new RelayError('invalid', `there is no example of ${tool} for this key`);
    const answers: SenderAnswer[] = [];
    for (const { url, ...example } of examples) {
      const answer = await ports.requestSelf({ ...example, path: url });
      answers.push(answer);
      if (answer.status >= 300) break;
    }
    return answers;
  }

  return [
    route('GET', '/v1/keys', LIST, async (request) => {
      await requireOwner(request);
      await keys.catchUp();
      return json({ keys: keys.list().map(infoOf) } satisfies KeyList);
    }),
    route('POST', '/v1/keys', CREATE, async (request) => {
      await requireOwner(request);
      const { name, form, ...settings } = readShape(newKey, await readJsonBody(request));
      checkEnd(settings.expires, ports.clock.now());
      const { key, text } = await keys.create(name, checked(settings), form);
      await ports.registerKeyDevice(key);
      logger.info({ key: name, number: key.number }, 'key created');
      return json(shown(request, key, text), 201);
    }),
    route('GET', '/v1/keys/:name', READ, async (request, [name = '']) => {
      await requireOwner(request);
      return json(infoOf(await required(name)));
    }),
    route('PATCH', '/v1/keys/:name', CHANGE, async (request, [name = '']) => {
      await requireOwner(request);
      await required(name);
      const edits = readShape(change, await readJsonBody(request));
      checkEnd(edits['expires'], ports.clock.now());
      const key = await keys.change(name, (settings) => checked({ ...settings, ...edits }));
      await ports.registerKeyDevice(key);
      logger.info({ key: name }, 'key changed');
      return json(infoOf(key));
    }),
    route('POST', '/v1/keys/:name/rotate', ROTATE, async (request, [name = '']) => {
      await requireOwner(request);
      await required(name);
      const { keep } = readShape(rotation, await readJsonBody(request));
      const { key, text } = await keys.rotate(name, keep);
      logger.info({ key: name, keep }, 'key rotated');
      return json(shown(request, key, text), 201);
    }),
    route('POST', '/v1/keys/:name/test', TEST, async (request, [name = '']) => {
      await requireOwner(request);
      await required(name);
      const { tool, key: text } = readShape(testShape, await readJsonBody(request));
      const { key } = await ports.access.key(text, sourceOf(request, API));
      if (key?.name !== name) throw new RelayError('invalid', `expected a text of the key ${name}`);
      return json({ answers: await trySender(tool, key, text) } satisfies SenderTest);
    }),
    route('DELETE', '/v1/keys/:name', REMOVE, async (request, [name = '']) => {
      await requireOwner(request);
      await required(name);
      await keys.remove(name);
      logger.info({ key: name }, 'key removed');
      return json({ removed: name });
    }),
    {
      method: 'GET',
      pattern: '/v1/keys/:name/uses',
      limit: 0,
      spec: USES,
      fast: true,
      async answer(request, [name = '']) {
        const caller = await requireOwner(request);
        return follow(request, caller, [await required(name)], name);
      },
    },
    {
      method: 'GET',
      pattern: '/v1/key-uses',
      limit: 0,
      spec: ALL_USES,
      fast: true,
      answer: async (request) => follow(request, await requireOwner(request), keys.list()),
    },
  ];
}
