// Answers about questions, alerts and heartbeats.
import { z } from 'zod';
import type {
  Acknowledged,
  AlertInfo,
  AlertList,
  AnswerInfo,
  AnswerList,
  BeatInfo,
  BeatList,
  ChangedBeat,
  ClosedAlert,
  LateAnswer,
  RemovedBeat,
} from '../../../shared/api.ts';
import { count, cursor, mid, sendType, shapeOf, time } from './shape.ts';

const question = {
  id: z.string().describe('30 letters and digits, as in "extra.ask" of its messages.'),
  kind: z.enum(['choice', 'text', 'acknowledge']),
  options: z.array(z.string()).exactOptional(),
  default: z.string().exactOptional().describe('What the sender takes for the answer if nobody answers.'),
  until: time.describe('When it is over, in ms since 1970.'),
  sendType,
  target: z.string(),
  key: z.string().exactOptional(),
  title: z.string(),
  from: z.string(),
  mids: z.array(mid).describe('Its messages, the latest last.'),
  state: z.enum(['open', 'answered', 'expired', 'cancelled']),
  answer: z.string().exactOptional(),
  by: z.string().exactOptional().describe('Who answered.'),
  at: time.exactOptional(),
  calledBackAt: time.exactOptional().describe('When the callback of the sender took it, in ms since 1970.'),
  createdAt: time,
  round: count.exactOptional().describe('Of an emergency: how often it has rung.'),
  escalated: z.array(z.string()).exactOptional().describe('Of an emergency: the further targets.'),
};

export const answerInfo = shapeOf<AnswerInfo>()('AnswerInfo', z.strictObject(question));

export const answerList = shapeOf<AnswerList>()(
  'AnswerList',
  z.strictObject({ answers: z.array(answerInfo), cursor: cursor.exactOptional() }),
);

export const lateAnswer = shapeOf<LateAnswer>()(
  'LateAnswer',
  z.strictObject({ ...question, error: z.string(), code: z.enum(['conflict', 'gone']) }),
);

export const acknowledged = shapeOf<Acknowledged>()('Acknowledged', z.strictObject({ acknowledged: z.literal(true) }));

const alertInfo = shapeOf<AlertInfo>()(
  'AlertInfo',
  z.strictObject({
    id: z.string(),
    sendType,
    target: z.string(),
    key: z.string(),
    state: z.enum(['firing', 'ok', 'info']).nullable(),
    since: time,
    closedAt: time.exactOptional(),
    count: count.describe('How many messages it has had since then.'),
    lastAt: time,
    title: z.string(),
    flapping: z.boolean().describe('Whether the state changes so often that it no longer rings.'),
  }),
);

export const alertList = shapeOf<AlertList>()(
  'AlertList',
  z.strictObject({ alerts: z.array(alertInfo), cursor: cursor.exactOptional() }),
);

export const closedAlert = shapeOf<ClosedAlert>()('ClosedAlert', z.strictObject({ closed: alertInfo }));

const beatInfo = shapeOf<BeatInfo>()(
  'BeatInfo',
  z.strictObject({
    id: z.string(),
    sendType,
    target: z.string(),
    key: z.string(),
    uuid: z.string().describe('Everyone who knows it may give signs at /ping/<uuid>.'),
    state: z.enum(['up', 'late', 'down', 'failed', 'paused']),
    every: z.number().exactOptional().describe('In ms.'),
    cron: z.string().exactOptional(),
    tz: z.string().exactOptional(),
    grace: z.number().describe('In ms.'),
    createdAt: time,
    lastAt: time.describe('The last sign, in ms since 1970.'),
    startedAt: time.exactOptional(),
    deadline: time.exactOptional().describe('When it counts as missing, in ms since 1970.'),
    runs: z
      .array(
        z.strictObject({
          at: time,
          state: z.enum(['ok', 'failed', 'missing']),
          exit: z.number().exactOptional(),
          duration: z.number().exactOptional().describe('In ms.'),
        }),
      )
      .describe('The last 30, the oldest first.'),
  }),
);

export const beatList = shapeOf<BeatList>()(
  'BeatList',
  z.strictObject({ beats: z.array(beatInfo), cursor: cursor.exactOptional() }),
);

export const changedBeat = shapeOf<ChangedBeat>()('ChangedBeat', z.strictObject({ beat: beatInfo }));

export const removedBeat = shapeOf<RemovedBeat>()('RemovedBeat', z.strictObject({ removed: z.string() }));
