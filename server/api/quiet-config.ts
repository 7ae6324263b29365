// Quiet hours and mutes: a section of the config, and the same fields in requests.
import { z } from 'zod';
import { WEEKDAYS } from '../../shared/quiet.ts';
import { isTimeZone } from '../messages/when.ts';

const FROM = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const TO = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;
const label = z.string().regex(/^[^\p{Cc}]{1,64}$/u, 'expected 1 to 64 characters without control characters');
const key = z.string().min(1, 'expected 1 to 256 characters').max(256, 'expected 1 to 256 characters');
const MOST = 100;
const ALWAYS =
  'expected hours that end: from 00:00 to 24:00 on all days is always; leave out a day, or mute senders, groups or keys';

/** Quiet hours, of a device or in the config. */
export const quietHours = z
  .strictObject({
    from: z
      .string()
      .regex(FROM, 'expected a time of day such as "22:30", at most "23:59"')
      .describe('When they begin, such as `22:30`.'),
    to: z
      .string()
      .regex(TO, 'expected a time of day such as "07:00", at most "24:00"')
      .describe('When they end. A time that is not after "from" is on the next day.'),
    tz: z
      .string()
      .max(64)
      .refine(isTimeZone, 'expected a time zone such as "Europe/Berlin"')
      .optional()
      .describe("The time zone. By default the machine's."),
    days: z
      .array(z.enum(WEEKDAYS, `expected some of ${WEEKDAYS.join(', ')}`))
      .min(1, 'expected at least one day')
      .max(7, 'expected at most 7 days')
      .optional()
      .describe('The days on which they begin: `mon` to `sun`. By default every day.'),
    let: z
      .strictObject({
        priority: z
          .int('expected a priority from 1 to 5')
          .min(1, 'expected a priority from 1 to 5')
          .max(5, 'expected a priority from 1 to 5')
          .optional()
          .describe('Messages of this priority and above ring.'),
        groups: z.array(label).max(MOST).optional().describe('Messages to these groups ring.'),
        keys: z.array(key).max(MOST).optional().describe('Messages with these keys ring.'),
      })
      .optional()
      .describe('What rings all the same.'),
  })
  .superRefine(({ from, to, days = WEEKDAYS }, context) => {
    if (from === to) context.addIssue({ code: 'custom', message: 'expected another time than "from"', path: ['to'] });
    const isAlways = from === '00:00' && to === '24:00' && new Set(days).size === WEEKDAYS.length;
    if (isAlways) context.addIssue({ code: 'custom', message: ALWAYS, path: ['to'] });
  });

/** The section of the config. */
export const quietConfig = quietHours
  .optional()
  .describe('Quiet hours of all devices that have set none of their own.');

/** One mute in a request. `until` is read later, because it may be in words. */
export const muteFields = z
  .strictObject({
    sender: label.optional(),
    group: label.optional(),
    key: key.optional(),
    until: z.union([z.int().min(0), z.string().min(1).max(64)], 'expected a time or a duration').optional(),
  })
  .refine(
    ({ sender, group, key }) => [sender, group, key].filter((name) => name !== undefined).length === 1,
    'expected one of sender, group and key',
  );
