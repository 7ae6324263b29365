// What the HTTP API offers below an app, as data. Not here: what publishing (events.ts) and reading (queries.ts) mean.
import { decode } from '../body.ts';
import { trigger, triggerBatch, triggerUser } from './events.ts';
import { readParameters, readQuery } from './parameters.ts';
import type { Peers } from './peers.ts';
import type { PusherPorts } from './ports.ts';
import { listChannels, listUsers, showChannel } from './queries.ts';
import type { Rate } from './rates.ts';
import { TERMINATED } from './refusals.ts';
import type { ApiRequest } from './request.ts';
import { question, type Work } from './work.ts';

/** What the endpoints need. */
export interface EndpointPorts extends Pick<PusherPorts, 'channels' | 'users'> {
  readonly peers: Peers;
}

/** One method of one path. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Below the app; `*` stands for one segment. */
  readonly path: string;
  /** What it counts towards. */
  readonly rate?: Rate;
  /** Of the answer; 200 when it is not said. */
  readonly status?: number;
  /** Checks a proven request; `name` is the variable part of its path. @throws RelayError when it is refused */
  prepare(request: ApiRequest, name: string): Work;
}

/** The paths of the API, as claims. */
export const API_PATHS = [
  'POST /apps/:id/events',
  'POST /apps/:id/batch_events',
  'GET /apps/:id/channels',
  'GET /apps/:id/channels/:name',
  'POST /apps/:id/channels/:name/events',
  'GET /apps/:id/channels/:name/users',
  'GET /apps/:id/connections',
  'POST /apps/:id/users/:user/events',
  'POST /apps/:id/users/:user/terminate_connections',
] as const;

/** All of them. */
export function endpointsOf({ channels, users, peers }: EndpointPorts): Endpoint[] {
  const get = (path: string, prepare: Endpoint['prepare']): Endpoint => {
    return { method: 'GET', path, rate: 'readsPerSec', prepare };
  };
  const publish = (path: string, prepare: Endpoint['prepare']): Endpoint => {
    return { method: 'POST', path, rate: 'eventsPerSec', prepare };
  };
  return [
    publish('events', ({ app, query, body }) => trigger(channels, app, readParameters(query, body))),
    publish('batch_events', ({ app, query, body }) => triggerBatch(channels, app, readParameters(query, body))),
    publish('users/*/events', ({ app, query, body }, user) => {
      return triggerUser(channels, app, user, readParameters(query, body));
    }),
    {
      // Of the first SDKs: the body is the data, all else stands in the path and the query.
      ...publish('channels/*/events', ({ app, query, body }, channel) => {
        const { name, socket_id } = readQuery(query);
        return trigger(channels, app, { name, socket_id, channel, data: decode(body) });
      }),
      status: 202,
    },
    get('channels', ({ app, query }) => listChannels(channels, app, readQuery(query))),
    get('channels/*', ({ app, query }, name) => showChannel(channels, app, name, readQuery(query))),
    get('channels/*/users', ({ app, query }, name) => listUsers(channels, app, name, readQuery(query))),
    get('connections', ({ app }) => question(() => ({ connections: peers.count(app.id) }))),
    {
      method: 'POST',
      path: 'users/*/terminate_connections',
      prepare: ({ app }, user) =>
        question(() => {
          for (const connection of users.connections(app, user)) peers.of(connection)?.end(TERMINATED);
          return {};
        }),
    },
  ];
}
