// Routes for heartbeats: list, change, pause and remove them. dialects/mpush/beat.ts takes their signs.
import { z } from 'zod';
import type { BeatInfo, BeatList, ChangedBeat, RemovedBeat } from '../../shared/api.ts';
import { RelayError } from '../base/errors.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import { callerOf } from './access.ts';
import { readJsonBody, readNumber, readText, route } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import { type ApiRoute, paging } from './route-spec.ts';
import { beatList, changedBeat, removedBeat } from './schemas/life.ts';
import { reaches } from './targets.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;
const FIELDS = ['every', 'cron', 'tz', 'grace'];

const callers = 'token, device';
const LIST = {
  summary: 'The heartbeats, the latest made first.',
  callers,
  query: paging,
  answers: { 200: beatList },
};
const CHANGE = {
  summary: 'Changes when signs of a heartbeat are expected.',
  callers,
  body: z.strictObject({
    every: z.string().optional().describe('A time such as 24h.'),
    cron: z.string().optional(),
    tz: z.string().optional(),
    grace: z.string().optional().describe('How late a sign may be.'),
  }),
  answers: { 200: changedBeat },
};
const REMOVE = { summary: 'Removes a heartbeat.', callers, answers: { 200: removedBeat } };
const PAUSE = {
  summary: 'Stops the alarms of a heartbeat until its next sign.',
  callers,
  answers: { 200: changedBeat },
};

/** Creates the routes for heartbeats. */
export function beatsRoutes(ports: ApiPorts): ApiRoute[] {
  const { beats } = ports;
  const unknown = (id: string) => new RelayError('not_found', `no heartbeat ${id} is known`);

  async function check(request: HttpRequest, id: string): Promise<void> {
    const caller = await callerOf(request, ports);
    const found = await beats.get(id);
    if (found === undefined || !reaches(caller, found, ports)) throw unknown(id);
  }

  function changed(id: string, beat: BeatInfo | undefined) {
    if (beat === undefined) throw unknown(id);
    return json({ beat } satisfies ChangedBeat);
  }

  return [
    route('GET', '/v1/beats', LIST, async (request) => {
      const caller = await callerOf(request, ports);
      const limit = readNumber(request, 'limit', DEFAULT_PAGE, MAX_PAGE);
      if (limit === 0) throw new RelayError('invalid', `limit must be a whole number from 1 to ${MAX_PAGE}`);
      const [target, after] = ['target', 'after'].map((name) => request.parameter(name));
      const found = await beats.list({ limit, ...(after === undefined ? {} : { after }) });
      const isWanted = (beat: BeatInfo) =>
        (target === undefined || beat.target === target) && reaches(caller, beat, ports);
      const { cursor } = found;
      return json({
        beats: found.beats.filter(isWanted),
        ...(cursor === undefined ? {} : { cursor }),
      } satisfies BeatList);
    }),
    route('PATCH', '/v1/beats/:id', CHANGE, async (request, [id = '']) => {
      await check(request, id);
      const body = await readJsonBody(request);
      const other = Object.keys(body).find((name) => !FIELDS.includes(name));
      if (other !== undefined)
        throw new RelayError('invalid', `expected some of ${FIELDS.join(', ')}, not ${other.slice(0, 50)}`);
      const given = (name: string) => (body[name] === undefined ? undefined : readText(body, name));
      return changed(id, await beats.change(id, given));
    }),
    route('DELETE', '/v1/beats/:id', REMOVE, async (request, [id = '']) => {
      await check(request, id);
      if (!(await beats.remove(id))) throw unknown(id);
      return json({ removed: id } satisfies RemovedBeat);
    }),
    route('POST', '/v1/beats/:id/pause', PAUSE, async (request, [id = '']) => {
      await check(request, id);
      return changed(id, await beats.pause(id));
    }),
  ];
}
