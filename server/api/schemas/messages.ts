// Answers about messages, files, read marks, and what is due later.
import { z } from 'zod';
import type {
  AcknowledgedUpTo,
  CancelledSchedule,
  ChangedSchedule,
  Cleared,
  MessagePage,
  MessageState,
  RanSchedule,
  ReadPage,
  ScheduledList,
  ScheduledMessage,
  StoredMessage,
  StoredTargetMessage,
  TargetPage,
  UploadedFile,
} from '../../../shared/api.ts';
import type { WireBody } from '../../../shared/content.ts';
import { cursor, mid, sendType, shapeOf, statuses, time } from './shape.ts';

const wireBody = shapeOf<WireBody>()(
  'Content',
  z.strictObject({
    text: z.string(),
    desp: z.string().describe('The description, in Markdown.'),
    extra: z.record(z.string(), z.unknown()),
  }),
);

const id = z.string().length(12);
const stored = {
  sendType,
  target: z.string(),
  from: z.strictObject({ method: z.enum(['http', 'websocket']), name: z.string() }),
  message: wireBody,
  silent: z.literal(true).exactOptional(),
  quiet: z.literal('break').exactOptional(),
  mid,
  id,
  createdAt: time,
  expiresAt: time.describe('When the relay stops trying to deliver it, in ms since 1970.'),
  read: z.boolean().describe('Whether it was read on any device.'),
};

const storedMessage = shapeOf<StoredMessage>()(
  'StoredMessage',
  z.strictObject({
    ...stored,
    status: z.string().describe('The status for this device.'),
    held: z.literal(true).exactOptional().describe('Its push is held back.'),
  }),
);

const storedTargetMessage = shapeOf<StoredTargetMessage>()('StoredTargetMessage', z.strictObject(stored));

const page = {
  more: z.boolean().describe('Whether there are others.'),
  last: mid.describe('The "since" or "before" of the next page.'),
};

export const messagePage = shapeOf<MessagePage>()(
  'MessagePage',
  z.strictObject({ messages: z.array(storedMessage), ...page }),
);

export const targetPage = shapeOf<TargetPage>()(
  'TargetPage',
  z.strictObject({ messages: z.array(storedTargetMessage), ...page }),
);

export const messageState = shapeOf<MessageState>()(
  'MessageState',
  z.strictObject({
    mid,
    status: statuses,
    held: z.array(z.string()).exactOptional().describe('The devices whose push is held back.'),
  }),
);

export const readPage = shapeOf<ReadPage>()(
  'ReadPage',
  z.strictObject({ mids: z.array(mid), cursor: z.int().describe('Where the next page begins.') }),
);

export const cleared = shapeOf<Cleared>()(
  'Cleared',
  z.strictObject({ mids: z.array(mid), cancelled: z.array(z.string()).exactOptional() }),
);

export const acknowledgedUpTo = shapeOf<AcknowledgedUpTo>()(
  'AcknowledgedUpTo',
  z.strictObject({ mid, device: z.string(), acknowledged: z.boolean().describe('Whether that changed anything.') }),
);

export const uploadedFile = shapeOf<UploadedFile>()(
  'UploadedFile',
  z.strictObject({
    url: z.string(),
    name: z.string().exactOptional(),
    type: z.string().exactOptional(),
    size: z.int().exactOptional(),
    expires: z.int().exactOptional().describe('In seconds since 1970.'),
  }),
);

const scheduledMessage = shapeOf<ScheduledMessage>()(
  'ScheduledMessage',
  z.strictObject({
    id: z.string(),
    sendType,
    target: z.string(),
    from: z.string(),
    message: wireBody,
    dueAt: time,
    cron: z.string().exactOptional(),
    tz: z.string().exactOptional(),
    ring: z.enum(['always', 'never']).exactOptional(),
    ttl: z.number().exactOptional().describe('How long it is worth delivering once it is due, in ms.'),
  }),
);

export const scheduledList = shapeOf<ScheduledList>()(
  'ScheduledList',
  z.strictObject({ scheduled: z.array(scheduledMessage), cursor: cursor.exactOptional() }),
);

export const changedSchedule = shapeOf<ChangedSchedule>()(
  'ChangedSchedule',
  z.strictObject({ scheduled: scheduledMessage }),
);

export const cancelledSchedule = shapeOf<CancelledSchedule>()(
  'CancelledSchedule',
  z.strictObject({ cancelled: z.string() }),
);

export const ranSchedule = shapeOf<RanSchedule>()('RanSchedule', z.strictObject({ mid, status: statuses }));
