// The sections of the config about the life of a message: alerts, and messages that are due later.
import { z } from 'zod';
import { duration, whole } from './config-fields.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Sections of the config, by name. */
export const messagesConfigs = {
  alerts: z
    .strictObject({
      quietFor: duration(
        'How long repeats of an alert stay silent before one rings again: 6 hours.',
        6 * HOUR,
        MINUTE,
        366 * DAY,
      ),
      flapCount: whole('After so many changes of its state within `alerts.flapWindow`, an alert is silent.', 5, 2, 100),
      flapWindow: duration(
        'How long such an alert must be still before it rings again: 10 minutes.',
        10 * MINUTE,
        MINUTE,
        DAY,
      ),
    })
    .prefault({})
    .describe('Messages with a key.'),
  emergencies: z
    .strictObject({
      minRetry: duration('The shortest pause between two messages of an emergency: 30 seconds.', 30_000, 1000, HOUR),
      maxExpire: duration('The longest time for which an emergency is repeated: 3 hours.', 3 * HOUR, HOUR, 31 * DAY),
    })
    .prefault({})
    .describe('Messages that are repeated until somebody acknowledges them.'),
  schedule: z
    .strictObject({
      maxDelay: duration(
        'The furthest time ahead at which a message may be due: 366 days.',
        366 * DAY,
        MINUTE,
        3660 * DAY,
      ),
      grace: duration(
        'How late a recurring message may still be sent if no relay was running: 1 hour. A later one is left out.',
        HOUR,
        0,
        366 * DAY,
      ),
      maxJobs: whole(
        'The most jobs that wait: scheduled messages, heartbeats, and what the relay itself has to do later.',
        10_000,
        1,
        1_000_000,
      ),
      maxJobsPerSender: whole('The most scheduled messages of one key or device that wait.', 1000, 1, 1_000_000),
    })
    .prefault({})
    .describe('Messages that are due later.'),
  answers: z
    .strictObject({
      maxWait: duration('The longest time for which a request with a question is held open: 1 hour.', HOUR, 1000, DAY),
      maxOpen: whole('The most questions that wait for an answer. Further ones get 429.', 1000, 1, 100_000),
      maxOpenPerSender: whole('The same limit for one token, key or device.', 100, 1, 100_000),
      allowPrivateCallbacks: z
        .boolean()
        .default(false)
        .describe('Whether a callback may be an http address, or lead to a private network.'),
    })
    .prefault({})
    .describe('Messages that ask for an answer.'),
} as const;
