// Stored messages: a device's history in pages, the statuses of one message, and read marks.

import { z } from 'zod';
import type { MessageState, ReadPage } from '../../shared/api.ts';
import { heldOf, type StatusNames, statusName } from '../../shared/status.ts';
import { RelayError } from '../base/errors.ts';
import { letGo } from '../base/maybe-promise.ts';
import { readChannel } from '../channel/relay-app.ts';
import { checkName, deviceName } from '../delivery/device.ts';
import type { HistoryPage, ReadBounds, TargetHistory } from '../delivery/ports.ts';
import { type HttpAnswer, type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { callerOf, requireOwn } from './access.ts';
import { knownDevice } from './devices.ts';
import { readJsonBody, readNumber, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { nothing } from './schemas/common.ts';
import { messagePage, messageState, readPage as readPageShape, targetPage } from './schemas/messages.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;
/** Higher than every mid. */
const NEWEST = String(Number.MAX_SAFE_INTEGER);
/** Longest page, in bytes. It ends before the message that would exceed this; a single larger message makes a page. */
const MAX_PAGE_BYTES = 2 * 2 ** 20;

const MID = /^\d{1,16}$/;

function readMids(value: unknown): string[] {
  const isMid = (item: unknown): item is string => typeof item === 'string' && MID.test(item);
  if (!Array.isArray(value) || value.length > MAX_PAGE || !value.every(isMid)) {
    throw new RelayError('invalid', `mids must be an array of at most ${MAX_PAGE} message ids`);
  }
  return value;
}

/** Reads a history in one direction or the other. */
interface Readers<Page> {
  upwards(since: string, bounds: ReadBounds): Promise<Page>;
  downwards(before: string, bounds: ReadBounds): Promise<Page>;
}

/** The page of a history that a request asks for. */
async function readPage<Page extends HistoryPage | TargetHistory>(
  request: HttpRequest,
  { upwards, downwards }: Readers<Page>,
): Promise<Page> {
  const limit = readNumber(request, 'limit', DEFAULT_PAGE, MAX_PAGE);
  const before = readNumber(request, 'before', 0, Number.MAX_SAFE_INTEGER);
  const since = readNumber(request, 'since', 0, Number.MAX_SAFE_INTEGER);
  const [goesBack, goesOn] = ['before', 'since'].map((key) => request.parameter(key) !== undefined);
  if (goesBack && goesOn) throw new RelayError('invalid', 'expected before or since, not both');
  const bounds = { limit, maxBytes: MAX_PAGE_BYTES, atLeastOne: true };
  if (goesOn) return upwards(String(since), bounds);
  const page = await downwards(goesBack ? String(before) : NEWEST, bounds);
  // A request without `before` and `since` asks for the newest messages, oldest first.
  return goesBack ? page : { ...page, entries: page.entries.toReversed() };
}

const whole = z.int().min(0);
const HISTORY_QUERY = {
  limit: whole.max(MAX_PAGE).default(DEFAULT_PAGE),
  since: whole.describe('A mid: the first messages after it, in the order they were sent.'),
  before: whole.describe('A mid: the last messages before it, the newest first.'),
};
const OF_DEVICE = {
  summary:
    'The messages of a device: without since and before its newest ones, in the order they were sent. A page ends at 2 MiB.',
  callers: 'token, that device, key that reads it',
  query: HISTORY_QUERY,
  answers: { 200: messagePage },
};
const OF_TARGET = {
  summary: 'What was sent to a device or a group by its name.',
  callers: 'token, device, key that reads it',
  query: HISTORY_QUERY,
  answers: { 200: targetPage },
};
const STATE = {
  summary: 'The status of every recipient of a message, which is named by its mid or its id.',
  callers: 'token, device',
  answers: { 200: messageState },
  errors: ['invalid'],
} as const;
const MARK_READ = {
  summary: 'Marks messages as read.',
  callers: 'token, device',
  body: z.looseObject({ mids: z.array(z.string().regex(MID)).max(MAX_PAGE) }),
  answers: { 200: nothing },
};
const READS = {
  summary: 'Which messages were read since a cursor, in the order in which they were marked.',
  callers: 'token, device',
  query: { cursor: whole.default(0), limit: whole.max(MAX_PAGE).default(MAX_PAGE) },
  answers: { 200: readPageShape },
};

/** Creates the routes for stored messages. */
export function messagesRoutes(ports: ApiPorts, names: StatusNames): ApiRoute[] {
  const { log, messageIds } = ports;

  /** The page as JSON. Messages can be large, so it copies their stored text and does not write it again. */
  async function write({ entries, last, more }: HistoryPage | TargetHistory): Promise<HttpAnswer> {
    const read = await log.areRead(entries.map(({ mid }) => mid));
    const messages = entries.flatMap((entry) => {
      const { mid, text, createdAt, expiresAt, number, notice } = entry;
      if (notice !== undefined) return [];
      const facts = {
        id: messageIds.idOf(number ?? mid),
        createdAt,
        expiresAt,
        // What was sent to a name has a status for each of its devices.
        ...('status' in entry ? { status: statusName(entry.status, names) } : {}),
        ...('status' in entry && entry.status === 'held' ? { held: true } : {}),
        read: read.has(mid),
      };
      // Without the last brace, so that further fields can follow.
      return `${text.slice(0, text.lastIndexOf('}'))},${JSON.stringify(facts).slice(1)}`;
    });
    const body = `{"messages":[${messages.join()}],${JSON.stringify({ more, last }).slice(1)}`;
    return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
  }

  return [
    route('GET', '/v1/devices/:name/messages', OF_DEVICE, async (request, [asked = '']) => {
      requireOwn(await callerOf(request, ports, asked), asked);
      const { name } = knownDevice(asked, ports);
      return write(
        await readPage(request, {
          upwards: (since, bounds) => log.history(name, since, bounds),
          downwards: (before, bounds) => log.recent(name, before, bounds),
        }),
      );
    }),
    route('GET', '/v1/targets/:name/messages', OF_TARGET, async (request, [asked = '']) => {
      const name = deviceName(checkName(asked), ports.devices);
      const caller = await callerOf(request, ports, name);
      if (!caller.may('read', name) && !caller.may('receive', name)) {
        throw new RelayError('forbidden', `this token may not read what is sent to ${name}`);
      }
      return write(
        await readPage(request, {
          upwards: (since, bounds) => log.ofTargets([name], since, bounds),
          downwards: (before, bounds) => log.recentOfTargets([name], before, bounds),
        }),
      );
    }),
    route('GET', '/v1/messages/:mid', STATE, async (request, [asked = '']) => {
      await callerOf(request, ports);
      const shown = messageIds.midOf(asked) ?? asked;
      if (!MID.test(shown)) {
        throw new RelayError(
          'invalid',
          'expected the mid of a message, which is a number, or its id of 12 letters and digits',
        );
      }
      const found = await log.find(shown);
      if (found === undefined) throw new RelayError('not_found', `no message ${asked} is kept`);
      const { mid } = found.message;
      const status = [...found.statuses].map(([name, state]) => [name, statusName(state, names)] as const);
      const held = heldOf(found.statuses);
      return json({
        mid,
        status: Object.fromEntries(status),
        ...(held.length === 0 ? {} : { held }),
      } satisfies MessageState);
    }),
    route('POST', '/v1/reads', MARK_READ, async (request) => {
      await callerOf(request, ports);
      const mids = await log.markRead(readMids((await readJsonBody(request))['mids']));
      if (mids.length > 0) {
        const channel = readChannel();
        const data = JSON.stringify({ mids });
        letGo(ports.channels.publish(ports.relayApp, [channel], { type: 'event', name: 'read', channel, data }));
        await tellListeners(mids, ports);
      }
      return json({});
    }),
    route('GET', '/v1/reads', READS, async (request) => {
      await callerOf(request, ports);
      const cursor = readNumber(request, 'cursor', 0, Number.MAX_SAFE_INTEGER);
      const limit = readNumber(request, 'limit', MAX_PAGE, MAX_PAGE);
      return json((await log.reads(cursor, limit)) satisfies ReadPage);
    }),
  ];
}

/** Tells those who listen to the targets of messages that these were read. */
async function tellListeners(mids: readonly string[], { log, listeners }: ApiPorts): Promise<void> {
  const found = (await Promise.all(mids.map((mid) => log.find(mid)))).filter((one) => one !== undefined);
  const keys = new Map(
    found.map(({ message: { target, content, id } }) => {
      const key = content.key ?? id;
      return [JSON.stringify([target, key]), { target, key }] as const;
    }),
  );
  for (const { target, key } of keys.values()) letGo(listeners.tell({ kind: 'read', target, data: { key } }));
}
