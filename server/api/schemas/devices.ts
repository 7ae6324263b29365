// Answers about devices, pairing and pushes.
import { z } from 'zod';
import type {
  ChangedQuiet,
  DeviceInfo,
  DeviceList,
  EndedManage,
  Me,
  Pairing,
  PairingOffer,
  PushCheck,
  Registered,
  Removal,
} from '../../../shared/api.ts';
import { type Mute, type QuietHours, WEEKDAYS } from '../../../shared/quiet.ts';
import { count, mid, shapeOf, time } from './shape.ts';

const clock = z.string().describe('A time of day such as 22:30.');

const quietHours = shapeOf<QuietHours>()(
  'QuietHours',
  z.strictObject({
    from: clock,
    to: clock,
    tz: z.string().optional(),
    days: z.array(z.enum(WEEKDAYS)).optional(),
    let: z
      .strictObject({
        priority: z.number().optional(),
        groups: z.array(z.string()).optional(),
        keys: z.array(z.string()).optional(),
      })
      .optional()
      .describe('What rings all the same.'),
  }),
);

const mute = shapeOf<Mute>()(
  'Mute',
  z.strictObject({
    sender: z.string().optional(),
    group: z.string().optional(),
    key: z.string().optional(),
    until: time.optional(),
  }),
);

const quiet = {
  quiet: z
    .union([quietHours, z.literal(false)])
    .exactOptional()
    .describe('Its own quiet hours; false: none. Absent: those of the relay.'),
  quietPreset: quietHours.exactOptional().describe('The quiet hours of the relay.'),
  quietUntil: time.exactOptional().describe('When the quiet hours end that it has now, in ms since 1970.'),
  mutes: z.array(mute).exactOptional(),
};
const routes = z.array(z.string()).describe('The transports that reach it.');
const groups = z.array(z.string());
const webpushPublicKey = z.string().describe('VAPID key for subscriptions; "" if web push is off.');

const deviceInfo = shapeOf<DeviceInfo>()(
  'DeviceInfo',
  z.strictObject({
    name: z.string(),
    groups,
    routes,
    online: z.boolean(),
    queued: count.describe('Deliveries that are not settled.'),
    createdAt: time,
    lastReceived: mid.nullable().describe('The last message that it is known to have received.'),
    lastReceivedAt: time.nullable().describe('When the relay accepted that message, in ms since 1970.'),
    pairedBy: z.string().exactOptional().describe('The device whose code paired this one.'),
    manage: z.literal(true).exactOptional().describe('Present if it manages the relay.'),
    ...quiet,
  }),
);

export const deviceList = shapeOf<DeviceList>()('DeviceList', z.strictObject({ devices: z.array(deviceInfo) }));

export const removal = shapeOf<Removal>()(
  'Removal',
  z.strictObject({
    removed: z.string(),
    paired: z.array(z.string()).exactOptional().describe('The devices that were removed with it.'),
  }),
);

export const endedManage = shapeOf<EndedManage>()('EndedManage', z.strictObject({ ended: z.string() }));

export const pairing = shapeOf<Pairing>()(
  'Pairing',
  z.strictObject({
    code: z.string(),
    expiresAt: time,
    path: z.string().describe("The page's path that uses the code."),
    host: z.string().exactOptional().describe('The host at which other machines of the network reach the relay.'),
    url: z.string().exactOptional().describe('The public address of the relay.'),
  }),
);

export const pairingOffer = shapeOf<PairingOffer>()(
  'PairingOffer',
  z.strictObject({
    groups,
    names: z.array(z.string()).describe('Names that are taken.'),
    mayTakeOver: z.boolean().describe('Whether the code may take over one of these names.'),
    expiresAt: time,
  }),
);

export const registered = shapeOf<Registered>()(
  'Registered',
  z.strictObject({ name: z.string(), groups, auth: z.string().describe("The device's own token."), webpushPublicKey }),
);

export const changedQuiet = shapeOf<ChangedQuiet>()('ChangedQuiet', z.strictObject({ name: z.string(), ...quiet }));

export const me = shapeOf<Me>()(
  'Me',
  z.strictObject({
    name: z.string(),
    groups,
    routes,
    knownGroups: groups.describe('All groups that any device is in.'),
    webpushPublicKey,
    version: z.string(),
    manage: z.boolean().describe('Whether the token that was shown manages the relay.'),
    ...quiet,
  }),
);

export const pushCheck = shapeOf<PushCheck>()(
  'PushCheck',
  z.strictObject({
    mid: z.string().describe('Of the test message; "" if there was none.'),
    outcome: z.enum(['accepted', 'no_subscription', 'off', 'retry', 'gone', 'refused']),
    reason: z.string().exactOptional(),
  }),
);
