// The ways out of the relay and how they answered last: webhooks, servers of apps, and other routes of devices that fail.
import type { RouteAnswer, RouteHealth, RouteList } from '../../shared/api.ts';
import { json } from '../dialects/kit/http-message.ts';
import type { TracedAnswer } from '../messages/delivery-trace.ts';
import { callerOf, requireOwner } from './access.ts';
import { route } from './json-routes.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { routeList } from './schemas/activity.ts';

const MAX_ANSWERS = 10;
const MAX_ROUTES = 1000;

type Way = Pick<RouteHealth, 'name' | 'transport' | 'origin'>;

const idOf = ({ name, transport, origin }: Way) =>
  JSON.stringify(transport === 'app' ? [name, transport, origin] : [name, transport]);

const LIST = {
  summary: 'The ways out of the relay, and how they answered last.',
  callers: 'token',
  answers: { 200: routeList },
};

/** Creates the route. */
export function routeHealthRoutes(ports: ApiPorts, { webhook: { clients } }: Pick<ApiConfig, 'webhook'>): ApiRoute[] {
  const { devices, apps, trace } = ports;

  /** Everything that is configured, whether it was used or not. */
  function configured(): Way[] {
    const origins = new Map(clients.map(({ name, url }) => [name.normalize(), new URL(url).origin]));
    const hooks = devices
      .list()
      .filter(({ routes }) => 'webhook' in routes)
      .map(({ name }): Way => {
        const origin = origins.get(name.normalize());
        return { name, transport: 'webhook', ...(origin === undefined ? {} : { origin }) };
      });
    const servers = apps
      .list()
      .flatMap(({ id, hooks: targets }) =>
        [...new Set(targets.map(({ url }) => new URL(url).origin))].map(
          (origin): Way => ({ name: id, transport: 'app', origin }),
        ),
      );
    return [...hooks, ...servers];
  }

  async function list(): Promise<RouteHealth[]> {
    const ways = new Map(configured().map((way) => [idOf(way), way]));
    const answers = new Map<string, TracedAnswer[]>();
    for (const answer of await trace.answers.read()) {
      const id = idOf(answer);
      answers.set(id, [...(answers.get(id) ?? []), answer]);
      // A route that has ended stays in view as long as its end is remembered.
      if (!ways.has(id) && answer.transport !== 'app' && devices.get(answer.name) !== undefined) {
        ways.set(id, { name: answer.name, transport: answer.transport });
      }
    }
    const some = [...ways.values()].slice(0, MAX_ROUTES);
    const present = await ports.presence(some.map(({ name }) => name));
    return some.map((way, index): RouteHealth => {
      const known = (answers.get(idOf(way)) ?? []).sort((a, b) => b.at - a.at);
      return {
        ...way,
        failing: known[0] !== undefined && known[0].kind !== 'taken',
        queued: way.transport === 'app' ? 0 : (present[index]?.queued ?? 0),
        answers: known.slice(0, MAX_ANSWERS).map(answerOf),
      };
    });
  }

  return [
    route('GET', '/v1/routes', LIST, async (request) => {
      requireOwner(await callerOf(request, ports), "the routes of all devices need the relay's token");
      return json({ routes: await list() } satisfies RouteList);
    }),
  ];
}

function answerOf({ at, kind, reason, mid }: TracedAnswer): RouteAnswer {
  return { at, kind, ...(reason === undefined ? {} : { reason }), ...(mid === undefined ? {} : { mid }) };
}
