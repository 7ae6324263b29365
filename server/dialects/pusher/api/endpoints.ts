// What the HTTP API offers below an app, as data. Not here: what publishing (events.ts) and reading (queries.ts) mean.
import { decode } from '../../kit/body.ts';
import type { PusherPorts } from '../ports.ts';
import { TERMINATED } from '../refusals.ts';
import type { PusherSessions } from '../session/pusher-sessions.ts';
import { trigger, triggerBatch, triggerUser } from './events.ts';
import { readParameters, readQuery } from './parameters.ts';
import { listChannels, listUsers, showChannel } from './queries.ts';
import type { Rate } from './rates.ts';
import { type ApiRequest, type PreparedRequest, readOnly } from './request.ts';

/** What the endpoints need. */
export interface EndpointPorts extends Pick<PusherPorts, 'channels' | 'users'> {
  readonly sessions: PusherSessions;
}

/** Checks a proven request; `name` is the variable part of its path. @throws RelayError when it is refused */
type Prepare = (ports: EndpointPorts, request: ApiRequest, name: string) => PreparedRequest;

/** One method of one path. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Below the app; `*` stands for one segment. */
  readonly path: string;
  /** What it counts towards. */
  readonly rate?: Rate;
  /** Of the answer; 200 when it is not said. */
  readonly status?: number;
  readonly prepare: Prepare;
}

const get = (path: string, prepare: Prepare): Endpoint => ({ method: 'GET', path, rate: 'readsPerSec', prepare });

const publish = (path: string, prepare: Prepare): Endpoint => {
  return { method: 'POST', path, rate: 'eventsPerSec', prepare };
};

const show: Prepare = ({ channels }, { app, query }, name) => showChannel(channels, app, name, readQuery(query));

/** All of them. */
export const ENDPOINTS: readonly Endpoint[] = [
  publish('events', ({ channels }, { app, query, body }) => trigger(channels, app, readParameters(query, body))),
  publish('batch_events', ({ channels }, { app, query, body }) => {
    return triggerBatch(channels, app, readParameters(query, body));
  }),
  publish('users/*/events', ({ channels }, { app, query, body }, user) => {
    return triggerUser(channels, app, user, readParameters(query, body));
  }),
  {
    // Of the first SDKs: the body is the data, all else stands in the path and the query.
    ...publish('channels/*/events', ({ channels }, { app, query, body }, channel) => {
      const { name, socket_id } = readQuery(query);
      return trigger(channels, app, { name, socket_id, channel, data: decode(body) });
    }),
    status: 202,
  },
  get('channels', ({ channels }, { app, query }) => listChannels(channels, app, readQuery(query))),
  get('channels/*', show),
  // Of the first SDKs as well.
  get('channels/*/stats', show),
  get('channels/*/users', ({ channels }, { app, query }, name) => listUsers(channels, app, name, readQuery(query))),
  get('connections', ({ sessions }, { app }) => readOnly(() => ({ connections: sessions.count(app.id) }))),
  {
    method: 'POST',
    path: 'users/*/terminate_connections',
    prepare: ({ channels, users, sessions }, { app }, user) =>
      readOnly(() => {
        // webman's clients sign in nowhere: its users are those of presence channels.
        const members = app.webman ? channels.connectionsOf(app, user) : [];
        for (const connection of [...users.connections(app, user), ...members])
          sessions.of(connection)?.end(TERMINATED);
        return {};
      }),
  },
];

/** Their paths, as claims. */
export const API_PATHS = ENDPOINTS.map(({ method, path }) => `${method} /apps/:id/${path.replace('*', ':name')}`);
