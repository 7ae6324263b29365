// Messages read again: a device's history page by page, one message with the state of all its recipients, and read marks.
import type Router from '@koa/router';
import type { MessageState, ReadPage } from '../../shared/api.ts';
import { type StatusNames, statusName } from '../../shared/status.ts';
import { RelayError } from '../base/errors.ts';
import { readChannel } from '../channel/relay-app.ts';
import type { HistoryPage } from '../delivery/ports.ts';
import { callerOf, requireOwn } from './access.ts';
import { knownDevice } from './devices.ts';
import { readJsonBody } from './json-body.ts';
import type { ApiPorts } from './ports.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;
/** Above every mid. */
const NEWEST = String(Number.MAX_SAFE_INTEGER);
/** A page ends with the message that reaches so many bytes. */
const MAX_PAGE_BYTES = 2 * 2 ** 20;

function readNumber(query: URLSearchParams, key: string, preset: number, max: number): number {
  const text = query.get(key);
  if (text === null) return preset;
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max)) throw new RelayError('invalid', `${key} must be a whole number from 0 to ${max}`);
  return value;
}

function readMids(value: unknown): string[] {
  const isMid = (item: unknown): item is string => typeof item === 'string' && /^\d{1,16}$/.test(item);
  if (!Array.isArray(value) || value.length > MAX_PAGE || !value.every(isMid)) {
    throw new RelayError('invalid', `mids must be an array of at most ${MAX_PAGE} message ids`);
  }
  return value;
}

/** The text of a JSON object without its last brace, so that further fields can follow. */
function withoutBrace(text: Buffer): Buffer {
  return text.subarray(0, text.lastIndexOf('}'));
}

/** Adds the routes of messages. */
export function addMessages(router: Router, ports: ApiPorts, names: StatusNames): void {
  const { log, messageIds } = ports;

  /** The page as JSON. Messages can be large, so their stored text is copied and never parsed. */
  async function write({ entries, last, more }: HistoryPage): Promise<Buffer> {
    const read = await log.areRead(entries.map(({ mid }) => mid));
    const parts: Buffer[] = [];
    for (const { mid, text, status, createdAt, expiresAt } of entries) {
      const facts = {
        id: messageIds.idOf(mid),
        createdAt,
        expiresAt,
        status: statusName(status, names),
        read: read.has(mid),
      };
      const opening = parts.length === 0 ? '{"messages":[' : ',';
      parts.push(Buffer.from(opening), withoutBrace(text), Buffer.from(`,${JSON.stringify(facts).slice(1)}`));
    }
    if (parts.length === 0) parts.push(Buffer.from('{"messages":['));
    parts.push(Buffer.from(`],${JSON.stringify({ more, last }).slice(1)}`));
    return Buffer.concat(parts);
  }

  router.get('/v1/devices/:name/messages', async (context) => {
    const caller = await callerOf(context, ports);
    requireOwn(caller, String(context.params['name']));
    const { name } = knownDevice(context.params['name'], ports);
    const query = new URLSearchParams(context.querystring);
    const limit = readNumber(query, 'limit', DEFAULT_PAGE, MAX_PAGE);
    const before = readNumber(query, 'before', 0, Number.MAX_SAFE_INTEGER);
    const since = readNumber(query, 'since', 0, Number.MAX_SAFE_INTEGER);
    if (query.has('before') && query.has('since'))
      throw new RelayError('invalid', 'expected before or since, not both');
    const bounds = { limit, maxBytes: MAX_PAGE_BYTES, atLeastOne: true };
    context.type = 'application/json; charset=utf-8';
    if (query.has('since')) {
      context.body = await write(await log.history(name, String(since), bounds));
    } else {
      const page = await log.recent(name, query.has('before') ? String(before) : NEWEST, bounds);
      // A request without a bound asks for the newest, in their order.
      context.body = await write(query.has('before') ? page : { ...page, entries: page.entries.toReversed() });
    }
  });

  router.get('/v1/messages/:mid', async (context) => {
    await callerOf(context, ports);
    const [mid = ''] = readMids([context.params['mid']]);
    const found = await log.find(mid);
    if (found === undefined) throw new RelayError('not_found', `no message ${mid} is kept`);
    const status = [...found.statuses].map(([name, state]) => [name, statusName(state, names)] as const);
    context.body = { mid, status: Object.fromEntries(status) } satisfies MessageState;
  });

  router.post('/v1/reads', async (context) => {
    await callerOf(context, ports);
    const mids = await log.markRead(readMids((await readJsonBody(context))['mids']));
    if (mids.length > 0) {
      const channel = readChannel();
      const data = JSON.stringify({ mids });
      ports.channels.publish(ports.relayApp, [channel], { type: 'event', name: 'read', channel, data });
    }
    context.body = {};
  });

  router.get('/v1/reads', async (context) => {
    await callerOf(context, ports);
    const query = new URLSearchParams(context.querystring);
    const cursor = readNumber(query, 'cursor', 0, Number.MAX_SAFE_INTEGER);
    const limit = readNumber(query, 'limit', MAX_PAGE, MAX_PAGE);
    context.body = (await log.reads(cursor, limit)) satisfies ReadPage;
  });
}
