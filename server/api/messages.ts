// Messages read again: a device's history page by page, one message with the state of all its recipients, and read marks.
import type Router from '@koa/router';
import type { MessagePage, MessageState, ReadPage } from '../../shared/api.ts';
import { type StatusNames, statusName } from '../../shared/status.ts';
import { RelayError } from '../base/errors.ts';
import { readChannel } from '../channel/relay-app.ts';
import type { LoggedDelivery } from '../delivery/ports.ts';
import { callerOf, requireOwn } from './access.ts';
import { knownDevice } from './devices.ts';
import { readJsonBody } from './json-body.ts';
import type { ApiPorts } from './ports.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;
/** Above every mid. */
const NEWEST = String(Number.MAX_SAFE_INTEGER);

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

/** Adds the routes of messages. */
export function addMessages(router: Router, ports: ApiPorts, names: StatusNames): void {
  const { log } = ports;

  async function page(deliveries: readonly LoggedDelivery[]): Promise<MessagePage> {
    const read = await log.areRead(deliveries.map(({ message }) => message.mid));
    return {
      messages: deliveries.map(({ message, status }) => ({
        ...message,
        status: statusName(status, names),
        read: read.has(message.mid),
      })),
    };
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
    if (query.has('since')) context.body = await page(await log.history(name, String(since), limit));
    else if (query.has('before')) context.body = await page(await log.recent(name, String(before), limit));
    // Whoever says nothing wants to see the newest, in their order.
    else context.body = await page((await log.recent(name, NEWEST, limit)).toReversed());
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
