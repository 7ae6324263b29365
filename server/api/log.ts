// The last warnings and errors of all nodes, as they are in the log: without secrets and message bodies.
import { z } from 'zod';
import type { LogLineInfo, LogPage } from '../../shared/api.ts';
import { json } from '../dialects/kit/http-message.ts';
import { callerOf, requireOwner } from './access.ts';
import { readShape, route, wholeNumber } from './json-routes.ts';
import type { ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { logPage } from './schemas/watch.ts';

const MAX_LINES = 1000;
/** Longest answer, in characters of lines. */
const MAX_SIZE = 2 ** 20;

const query = z.strictObject({
  limit: wholeNumber(1, MAX_LINES).default(MAX_LINES),
  since: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  level: z.enum(['warn', 'error']).optional(),
});

const LIST = {
  summary: 'The last warnings and errors of all nodes.',
  callers: 'token',
  query: query.shape,
  answers: { 200: logPage },
};

/** Creates the route. */
export function logRoutes(ports: ApiPorts): ApiRoute[] {
  return [
    route('GET', '/v1/log', LIST, async (request) => {
      requireOwner(await callerOf(request, ports), "the log needs the relay's token");
      const { limit, since, level } = readShape(query, Object.fromEntries(request.query));
      const all = (await ports.logLines.read())
        .filter((line) => line.at >= since && (level === undefined || line.level === level))
        .sort((a, b) => b.at - a.at || b.number - a.number);
      const lines: LogLineInfo[] = [];
      let room = MAX_SIZE;
      for (const line of all.slice(0, limit)) {
        room -= JSON.stringify(line).length;
        if (room < 0) break;
        lines.unshift(line);
      }
      return json({ lines } satisfies LogPage);
    }),
  ];
}
