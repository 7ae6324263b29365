// Answers for people who watch the relay: its log, and what happens in apps.
import { z } from 'zod';
import type { AppChannels, AppEvent, LogLineInfo, LogPage } from '../../../shared/api.ts';
import { count, shapeOf, time } from './shape.ts';

const logLine = shapeOf<LogLineInfo>()(
  'LogLine',
  z.strictObject({
    at: time,
    node: z.string().describe('The id of the node.'),
    number: count.describe('Grows with each line of the node.'),
    level: z.enum(['warn', 'error']),
    text: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  }),
);

export const logPage = shapeOf<LogPage>()(
  'LogPage',
  z.strictObject({ lines: z.array(logLine).describe('The latest of all nodes, the oldest of them first.') }),
);

export const appChannels = shapeOf<AppChannels>()(
  'AppChannels',
  z.strictObject({
    channels: z
      .array(z.strictObject({ name: z.string(), subscriptions: count, users: count.exactOptional() }))
      .describe('At most 200, in the order of their names.'),
    total: count.describe('How many channels with that prefix have subscribers.'),
    connections: count.describe('Open sockets of the app, on all nodes.'),
  }),
);

export const appEvent = shapeOf<AppEvent>()(
  'AppEvent',
  z.strictObject({
    at: time,
    channel: z.string(),
    name: z.string(),
    data: z.string().describe('The start of its data, at most 1,000 characters.'),
  }),
);
