// Answers for the owner: keys, apps, nodes, the token.
import { z } from 'zod';
import type {
  AppInfo,
  AppList,
  CallerFacts,
  KeyInfo,
  KeyList,
  KeyUseInfo,
  MadeKeyInfo,
  NamedKeyUse,
  NewAppKey,
  NewToken,
  NodeList,
} from '../../../shared/api.ts';
import { count, shapeOf, time } from './shape.ts';
import { mapped } from './templates.ts';

const keyUseFields = {
  at: time,
  address: z.string(),
  dialect: z.string(),
  title: z.string(),
  template: z.string().optional().describe('The template that the payload was read with.'),
  fields: mapped.omit({ title: true }).partial().optional().describe('What else the message says.'),
  result: z.enum(['sent', 'refused', 'limited', 'ignored']).exactOptional(),
};

export const keyUse = shapeOf<KeyUseInfo>()('KeyUse', z.strictObject(keyUseFields));

export const namedKeyUse = shapeOf<NamedKeyUse>()(
  'NamedKeyUse',
  z.strictObject({ ...keyUseFields, name: z.string().describe('The name of the key.') }),
);

const names = z.array(z.string()).optional();
const key = {
  name: z.string(),
  number: z.int().describe('Never given twice.'),
  device: z.string().optional(),
  group: z.string().optional(),
  groups: names,
  send: names,
  receive: names,
  manage: z.boolean().optional(),
  priority: z.number().optional(),
  tags: names,
  icon: z.string().optional(),
  rate: z.strictObject({ perMinute: z.number(), burst: z.number() }).optional(),
  expires: time.optional(),
  enabled: z.boolean(),
  signed: z.boolean().describe('Whether it has a secret for signatures of webhooks.'),
  configured: z.boolean().describe('Whether it is in the config, and can only be changed there.'),
  createdAt: time,
  lastUse: keyUse.nullable(),
  sent: count,
  refused: count,
  limited: count,
};

export const keyInfo = shapeOf<KeyInfo>()('KeyInfo', z.strictObject(key));

export const keyList = shapeOf<KeyList>()('KeyList', z.strictObject({ keys: z.array(keyInfo) }));

export const madeKey = shapeOf<MadeKeyInfo>()(
  'MadeKey',
  z.strictObject({
    ...key,
    key: z.string().describe('The text of the key, which is shown only here.'),
    addresses: z
      .array(
        z.strictObject({
          kind: z.enum([
            ...(['curl', 'webhook', 'hook', 'ntfy', 'bark'] as const),
            ...(['gotify', 'pushdeer', 'pushover', 'slack', 'discord'] as const),
            ...(['serverchan', 'apprise', 'pushme', 'pushplus'] as const),
          ]),
          text: z.string(),
        }),
      )
      .describe('What to paste into each kind of sender.'),
  }),
);

export const newToken = shapeOf<NewToken>()(
  'NewToken',
  z.strictObject({ token: z.string(), keep: z.number().describe('In ms.') }),
);

const appInfo = shapeOf<AppInfo>()(
  'AppInfo',
  z.strictObject({
    id: z.string(),
    enabled: z.boolean(),
    keys: z.array(z.strictObject({ key: z.string(), active: z.boolean(), until: time.exactOptional() })),
    registered: z.boolean().describe('Whether it was made at run time.'),
  }),
);

export const appList = shapeOf<AppList>()('AppList', z.strictObject({ apps: z.array(appInfo) }));

export const newAppKey = shapeOf<NewAppKey>()(
  'NewAppKey',
  z.strictObject({
    id: z.string(),
    key: z.string(),
    secret: z.string(),
    olderUntil: time.exactOptional().describe('When the last of the older keys ends, in ms since 1970.'),
  }),
);

export const callerFacts = shapeOf<CallerFacts>()(
  'CallerFacts',
  z.strictObject({
    address: z.string().describe("The address that is the caller's for the relay."),
    peer: z.string().describe('The peer of the connection: the proxy, if there is one.'),
    host: z.string(),
    https: z.boolean(),
    forwardedFor: z.string().exactOptional(),
    forwardedProto: z.string().exactOptional(),
    trustsProxy: z.boolean().describe('Whether the relay believes what a proxy adds: http.trustProxy.'),
  }),
);

export const nodeList = shapeOf<NodeList>()(
  'NodeList',
  z.strictObject({
    nodes: z.array(
      z.strictObject({
        id: z.string(),
        name: z.string(),
        self: z.boolean(),
        version: z.string(),
        started: time,
        seen: time,
        address: z.string(),
        sockets: count,
        shards: count,
        queued: count,
        lag: z.number(),
        draining: z.boolean(),
        config: z.string(),
      }),
    ),
    redis: z
      .strictObject({
        mode: z.enum(['single', 'sentinel', 'cluster']),
        version: z.string(),
        durability: z.enum(['disk', 'second', 'replica', 'memory']),
        promise: z.string(),
        nodes: count,
      })
      .exactOptional(),
  }),
);
