// Routes for alerts: list them, and close one.
import { z } from 'zod';
import type { AlertInfo, AlertList, Cleared, ClosedAlert } from '../../shared/api.ts';
import { readKey } from '../../shared/content.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { callerOf } from './access.ts';
import { readFlag, readNumber, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import { type ApiRoute, flag, paging } from './route-spec.ts';
import { alertList, closedAlert } from './schemas/life.ts';
import { cleared } from './schemas/messages.ts';
import { reaches } from './targets.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

const callers = 'token, device';
const LIST = {
  summary: 'The alerts, the latest first.',
  callers,
  query: { ...paging, open: flag.describe('1: only those that fire.') },
  answers: { 200: alertList },
};
const CLEAR = {
  summary: 'Clears the messages of a key: they count as read on every device, and their notifications go away.',
  callers,
  query: {
    target: z.string().min(1).describe('The device or group.').meta({ required: true }),
    key: z.string().min(1).max(256).meta({ required: true }),
    delete: flag.describe('1: also takes the messages from the devices, and forgets the alert.'),
  },
  answers: { 200: cleared },
};
const CLOSE = {
  summary: 'Closes an open alert by hand.',
  callers,
  answers: { 200: closedAlert },
  errors: ['conflict'],
} as const;

/** Creates the routes for alerts. */
export function alertsRoutes(ports: ApiPorts): ApiRoute[] {
  const { alerts, tellKey } = ports;

  /** A page of the alerts that the caller may see. It may be shorter than asked for, although more follow. */
  async function page(request: HttpRequest, caller: Principal): Promise<AlertList> {
    const limit = readNumber(request, 'limit', DEFAULT_PAGE, MAX_PAGE);
    if (limit === 0) throw new RelayError('invalid', `limit must be a whole number from 1 to ${MAX_PAGE}`);
    const [target, after] = ['target', 'after'].map((name) => request.parameter(name));
    const isWanted = (alert: AlertInfo) =>
      (target === undefined || alert.target === target) && reaches(caller, alert, ports);
    const found = await alerts.list(readFlag(request, 'open'), { limit, ...(after === undefined ? {} : { after }) });
    const { cursor } = found;
    return { alerts: found.alerts.filter(isWanted), ...(cursor === undefined ? {} : { cursor }) };
  }

  return [
    route('GET', '/v1/alerts', LIST, async (request) => json(await page(request, await callerOf(request, ports)))),
    route('DELETE', '/v1/messages', CLEAR, async (request) => {
      const caller = await callerOf(request, ports);
      const [target = '', key = ''] = ['target', 'key'].map((name) => request.parameter(name));
      if (target === '' || readKey(key) === undefined) throw new RelayError('invalid', 'expected a target and a key');
      const isOwn = (['personal', 'group'] as const).some((sendType) => reaches(caller, { sendType, target }, ports));
      if (!isOwn) throw new RelayError('forbidden', 'a device may clear only what reaches it');
      return json((await ports.clear(target, key, readFlag(request, 'delete'))).cleared satisfies Cleared);
    }),
    route('POST', '/v1/alerts/:id/close', CLOSE, async (request, [id = '']) => {
      const caller = await callerOf(request, ports);
      const known = await alerts.get(id);
      if (known === undefined || !reaches(caller, known, ports))
        throw new RelayError('not_found', `no alert ${id} is kept`);
      const closed = await alerts.close(id);
      if (closed === undefined) throw new RelayError('conflict', 'the alert is not open');
      tellKey({ event: 'alert', target: closed.target, key: closed.key, alert: closed });
      return json({ closed } satisfies ClosedAlert);
    }),
  ];
}
