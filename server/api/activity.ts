// What the relay did: the last messages of all senders with the way to each recipient. Only for those who manage it.
import { z } from 'zod';
import type { ActivityMessage, ActivityPage, ActivityRecipient, DeliveryStep, SentAgain } from '../../shared/api.ts';
import { isReceived, isSettled, type Status, type StatusNames, statusName } from '../../shared/status.ts';
import { RelayError } from '../base/errors.ts';
import type { LoggedMessage } from '../delivery/ports.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import type { TracedStep } from '../messages/delivery-trace.ts';
import { callerOf, requireOwner } from './access.ts';
import { readJsonBody, readShape, route, wholeNumber } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { activityPage, sentAgain } from './schemas/activity.ts';

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;
/** How much one request reads, in messages and in bytes, even if few of them match. */
const MAX_READ = { messages: 2000, bytes: 16 * 2 ** 20 };
const READ_AT_ONCE = 200;
const MAX_RECIPIENTS = 100;
const MAX_TITLE = 200;
/** Higher than every mid. */
const NEWEST = String(Number.MAX_SAFE_INTEGER);

/** What a status means to a person. */
const STATES = {
  waiting: (status: Status) => !isSettled(status) && !isReceived(status),
  held: (status: Status) => status === 'held',
  received: isReceived,
  failed: (status: Status) => status === 'failed',
} as const;

const query = z.strictObject({
  limit: wholeNumber(1, MAX_PAGE).default(DEFAULT_PAGE),
  before: wholeNumber(0, Number.MAX_SAFE_INTEGER).transform(String).default(NEWEST),
  sender: z.string().max(512).optional(),
  target: z.string().max(512).optional(),
  status: z.enum(Object.keys(STATES) as (keyof typeof STATES)[]).optional(),
});

type Query = z.output<typeof query>;

const again = z.strictObject({ device: z.string() });

const callers = 'token';
const LIST = {
  summary: 'The last messages of all senders, with the way to each recipient.',
  callers,
  query: query.shape,
  answers: { 200: activityPage },
};
const AGAIN = {
  summary: 'Sends a message again to a device that it failed to reach.',
  callers,
  body: again,
  answers: { 201: sentAgain },
  errors: ['conflict'],
} as const;

/** Failed ones first, then those that wait, because a page shows only some of a large group. */
function urgency(status: Status): number {
  if (status === 'failed') return 0;
  return isReceived(status) ? 2 : 1;
}

/** Creates the routes. */
export function activityRoutes(ports: ApiPorts, names: StatusNames): ApiRoute[] {
  const { log, devices } = ports;

  async function requireManage(request: HttpRequest): Promise<void> {
    requireOwner(await callerOf(request, ports), "the messages of all senders need the relay's token");
  }

  function isWanted({ message, statuses }: LoggedMessage, { sender, target, status }: Query): boolean {
    if (sender !== undefined && message.from.name !== sender) return false;
    if (target !== undefined && message.target !== target && !statuses.has(target)) return false;
    return status === undefined || [...statuses.values()].some(STATES[status]);
  }

  function view({ message, statuses }: LoggedMessage, steps: Steps | undefined): ActivityMessage {
    const { mid, id, sendType, target, from, createdAt, expiresAt, content } = message;
    const { title, body, priority, key } = content;
    const recipients = [...statuses].sort(([, a], [, b]) => urgency(a) - urgency(b)).slice(0, MAX_RECIPIENTS);
    return {
      mid,
      id,
      sendType,
      target,
      from: from.name,
      createdAt,
      expiresAt,
      title: (title.trim() === '' ? body : title).slice(0, MAX_TITLE),
      ...(priority === undefined ? {} : { priority }),
      ...(key === undefined ? {} : { key }),
      recipients: recipients.map(
        ([device, status]): ActivityRecipient => ({
          device,
          status: statusName(status, names),
          ...(status === 'held' ? { held: true } : {}),
          steps: (steps?.get(device) ?? []).map((step) => stepOf(step, names)),
        }),
      ),
      total: statuses.size,
    };
  }

  async function page(asked: Query): Promise<ActivityPage> {
    const found: LoggedMessage[] = [];
    let [last, more, looked, bytes] = [asked.before, true, 0, MAX_READ.bytes];
    while (more && found.length < asked.limit && looked < MAX_READ.messages && bytes > 0) {
      const limit = Math.min(READ_AT_ONCE, isFiltered(asked) ? READ_AT_ONCE : asked.limit - found.length);
      const next = await log.latest(last, { limit, maxBytes: bytes });
      looked += limit;
      bytes -= next.bytes;
      [last, more] = [next.last, next.more];
      for (const one of next.messages) {
        if (!isWanted(one, asked)) continue;
        found.push(one);
        if (found.length < asked.limit) continue;
        // The rest of this read belongs to the next page.
        more ||= one !== next.messages.at(-1);
        last = one.message.mid;
        break;
      }
    }
    const steps = groupSteps(await ports.trace.steps.read(), new Set(found.map(({ message }) => message.mid)));
    return { messages: found.map((one) => view(one, steps.get(one.message.mid))), more, last };
  }

  return [
    route('GET', '/v1/activity', LIST, async (request) => {
      await requireManage(request);
      const asked = readShape(query, Object.fromEntries(request.query));
      return json((await page(asked)) satisfies ActivityPage, 200);
    }),
    route('POST', '/v1/activity/:mid/again', AGAIN, async (request, [mid = '']) => {
      await requireManage(request);
      const { device } = readShape(again, await readJsonBody(request));
      const found = await log.find(mid);
      if (found === undefined) throw new RelayError('not_found', 'no such message is kept');
      const status = found.statuses.get(device);
      if (status === undefined || devices.get(device) === undefined) {
        throw new RelayError('not_found', 'the message has no such recipient');
      }
      if (status !== 'failed') throw new RelayError('conflict', 'only a delivery that has failed is sent again');
      const { content, from } = found.message;
      const sent = await ports.send({ sendType: 'personal', target: device, from, content }, 0);
      ports.logger.info({ device, mid, again: sent.mid }, 'a message is sent again');
      const statuses = [...sent.statuses].map(([name, state]) => [name, statusName(state, names)] as const);
      return json({ mid: sent.mid, status: Object.fromEntries(statuses) } satisfies SentAgain, 201);
    }),
  ];
}

const isFiltered = ({ sender, target, status }: Query) =>
  sender !== undefined || target !== undefined || status !== undefined;

/** The steps of one message by device. */
type Steps = Map<string, TracedStep[]>;

function groupSteps(all: readonly TracedStep[], wanted: ReadonlySet<string>): Map<string, Steps> {
  const found = new Map<string, Steps>();
  for (const step of all) {
    if (!wanted.has(step.mid)) continue;
    const ofMessage: Steps = found.get(step.mid) ?? new Map();
    found.set(step.mid, ofMessage);
    const ofDevice = ofMessage.get(step.device) ?? [];
    ofMessage.set(step.device, ofDevice);
    ofDevice.push(step);
  }
  // Steps of several nodes come one node after the other. The sort is stable.
  for (const steps of found.values()) for (const list of steps.values()) list.sort((a, b) => a.at - b.at);
  return found;
}

function stepOf({ at, status, transport, failure, reason }: TracedStep, names: StatusNames): DeliveryStep {
  return {
    at,
    ...(status === undefined ? {} : { status: statusName(status, names) }),
    ...(status === 'held' ? { held: true } : {}),
    ...(transport === undefined ? {} : { transport }),
    ...(failure === undefined ? {} : { failure }),
    ...(reason === undefined ? {} : { reason }),
  };
}
