// Routes for messages that are due later: list, change, cancel, skip, and send now.
import { z } from 'zod';
import type {
  CancelledSchedule,
  ChangedSchedule,
  RanSchedule,
  ScheduledList,
  ScheduledMessage,
} from '../../shared/api.ts';
import { isObject } from '../../shared/object.ts';
import { type StatusNames, statusName } from '../../shared/status.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { readOptions } from '../messages/options.ts';
import type { ScheduleChange } from '../messages/timed.ts';
import { callerOf } from './access.ts';
import { readJsonBody, readNumber, readText, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import { type ApiRoute, paging } from './route-spec.ts';
import { cancelledSchedule, changedSchedule, ranSchedule, scheduledList } from './schemas/messages.ts';
import { reaches } from './targets.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;
const FIELDS = ['text', 'desp', 'extra', 'at', 'in', 'delay', 'cron', 'tz', 'ring', 'ttl'];

/** What the routes read of the config. */
export interface ScheduledConfig {
  readonly statusNames: StatusNames;
  readonly schedule: { readonly maxDelay: number };
}

const callers = 'token, device, its sender';
const when = z.union([z.string(), z.number()]).optional();
const LIST = {
  summary: 'The messages that are due later, the next first.',
  callers,
  query: paging,
  answers: { 200: scheduledList },
};
const CHANGE = {
  summary: 'Changes the content, the time, "ring" or "ttl" of a message that is due later.',
  callers,
  body: z.strictObject({
    text: z.string().optional(),
    desp: z.string().optional(),
    extra: z.record(z.string(), z.unknown()).optional(),
    at: when,
    in: when,
    delay: when,
    cron: z.string().optional(),
    tz: z.string().optional(),
    ring: z.string().optional().describe('auto, always or never.'),
    ttl: when,
  }),
  answers: { 200: changedSchedule },
};
const CANCEL = { summary: 'Cancels a message that is due later.', callers, answers: { 200: cancelledSchedule } };
const SKIP = {
  summary: 'Leaves out the next time of a recurring message.',
  callers,
  answers: { 200: changedSchedule },
  errors: ['invalid'],
} as const;
const RUN = { summary: 'Sends a scheduled message now.', callers, answers: { 200: ranSchedule } };

/** Creates the routes for scheduled messages. */
export function scheduledRoutes(ports: ApiPorts, { statusNames, schedule }: ScheduledConfig): ApiRoute[] {
  const { timed, clock } = ports;

  /** The receivers of a message and its sender may see and change it. */
  const isOwn = (caller: Principal, message: ScheduledMessage) =>
    reaches(caller, message, ports) ||
    (caller.kind !== 'stranger' && caller.name !== '' && message.from === caller.name);

  async function known(request: HttpRequest, id: string): Promise<ScheduledMessage> {
    const caller = await callerOf(request, ports);
    const found = await timed.get(id);
    if (found === undefined || !isOwn(caller, found))
      throw new RelayError('not_found', `no message is scheduled as ${id}`);
    return found;
  }

  function readChange(body: Readonly<Record<string, unknown>>): ScheduleChange {
    const unknown = Object.keys(body).find((name) => !FIELDS.includes(name));
    if (unknown !== undefined)
      throw new RelayError('invalid', `expected some of ${FIELDS.join(', ')}, not ${unknown.slice(0, 50)}`);
    const { extra, tz, ring } = body;
    if (extra !== undefined && !isObject(extra)) throw new RelayError('invalid', 'extra must be an object');
    const { options } = readOptions((name) => body[name], { now: clock.now(), maxDelay: schedule.maxDelay });
    if (tz !== undefined && options?.timing === undefined) throw new RelayError('invalid', 'tz goes with a time');
    const text = body['text'] === undefined ? {} : { text: readText(body, 'text') };
    const desp = body['desp'] === undefined ? {} : { desp: readText(body, 'desp') };
    return {
      message: { ...text, ...desp, ...(extra === undefined ? {} : { extra }) },
      ...(options?.timing === undefined ? {} : { timing: options.timing }),
      ...(ring === undefined ? {} : { ring: options?.ring ?? 'auto' }),
      ...(options?.ttl === undefined ? {} : { ttl: options.ttl }),
    };
  }

  return [
    route('GET', '/v1/scheduled', LIST, async (request) => {
      const caller = await callerOf(request, ports);
      const limit = readNumber(request, 'limit', DEFAULT_PAGE, MAX_PAGE);
      if (limit === 0) throw new RelayError('invalid', `limit must be a whole number from 1 to ${MAX_PAGE}`);
      const [target, after] = ['target', 'after'].map((name) => request.parameter(name));
      const { scheduled, cursor } = await timed.list({
        limit,
        ...(after === undefined ? {} : { after }),
        ...(target === undefined ? {} : { target }),
      });
      return json({
        scheduled: scheduled.filter((one) => isOwn(caller, one)),
        ...(cursor === undefined ? {} : { cursor }),
      } satisfies ScheduledList);
    }),
    route('PATCH', '/v1/scheduled/:id', CHANGE, async (request, [id = '']) => {
      await known(request, id);
      const change = readChange(await readJsonBody(request));
      return json({ scheduled: await timed.change(id, change) } satisfies ChangedSchedule);
    }),
    route('DELETE', '/v1/scheduled/:id', CANCEL, async (request, [id = '']) => {
      await known(request, id);
      if (!(await timed.cancel(id))) throw new RelayError('not_found', `no message is scheduled as ${id}`);
      return json({ cancelled: id } satisfies CancelledSchedule);
    }),
    route('POST', '/v1/scheduled/:id/skip', SKIP, async (request, [id = '']) => {
      await known(request, id);
      return json({ scheduled: await timed.skip(id) } satisfies ChangedSchedule);
    }),
    route('POST', '/v1/scheduled/:id/run', RUN, async (request, [id = '']) => {
      await known(request, id);
      const { mid, statuses } = await timed.run(id);
      const status = [...statuses].map(([name, state]) => [name, statusName(state, statusNames)] as const);
      return json({ mid, status: Object.fromEntries(status) } satisfies RanSchedule);
    }),
  ];
}
