// Answers about what the relay did: messages with the way to each recipient, and how routes answered.
import { z } from 'zod';
import type {
  ActivityMessage,
  ActivityPage,
  DeliveryStep,
  RouteHealth,
  RouteList,
  SentAgain,
} from '../../../shared/api.ts';
import { count, mid, sendType, shapeOf, statuses, time } from './shape.ts';

const deliveryStep = shapeOf<DeliveryStep>()(
  'DeliveryStep',
  z.strictObject({
    at: time,
    status: z.string().exactOptional(),
    held: z.literal(true).exactOptional(),
    transport: z.string().exactOptional(),
    failure: z.enum(['retry', 'refused', 'gone']).exactOptional(),
    reason: z.string().exactOptional(),
  }),
);

const activityMessage = shapeOf<ActivityMessage>()(
  'ActivityMessage',
  z.strictObject({
    mid,
    id: z.string().length(12),
    sendType,
    target: z.string(),
    from: z.string(),
    createdAt: time,
    expiresAt: time,
    title: z.string(),
    priority: z.number().exactOptional(),
    key: z.string().exactOptional(),
    recipients: z
      .array(
        z.strictObject({
          device: z.string(),
          status: z.string(),
          held: z.literal(true).exactOptional(),
          steps: z.array(deliveryStep).describe('What is known of the way there, the oldest first.'),
        }),
      )
      .describe('At most 100, those that need a look first.'),
    total: count.describe('How many devices got it in all.'),
  }),
);

export const activityPage = shapeOf<ActivityPage>()(
  'ActivityPage',
  z.strictObject({
    messages: z.array(activityMessage),
    more: z.boolean(),
    last: mid.describe('The "before" of the next page.'),
  }),
);

export const sentAgain = shapeOf<SentAgain>()('SentAgain', z.strictObject({ mid, status: statuses }));

const routeHealth = shapeOf<RouteHealth>()(
  'RouteHealth',
  z.strictObject({
    name: z.string().describe('A device, or the id of an app.'),
    transport: z.string().describe('Of a device, or "app".'),
    origin: z.string().exactOptional(),
    failing: z.boolean().describe('Whether its last answer was no success.'),
    queued: count,
    answers: z
      .array(
        z.strictObject({
          at: time,
          kind: z.enum(['taken', 'retry', 'refused', 'gone']),
          reason: z.string().exactOptional(),
          mid: mid.exactOptional(),
        }),
      )
      .describe('The last ones, the latest first.'),
  }),
);

export const routeList = shapeOf<RouteList>()('RouteList', z.strictObject({ routes: z.array(routeHealth) }));
