// The endpoints of the HTTP API below an app, as data. They publish with events.ts and read with queries.ts.
import { then } from '../../../base/maybe-promise.ts';
import { decode } from '../../kit/body.ts';
import type { PusherPorts } from '../ports.ts';
import type { PusherSessions } from '../session/pusher-sessions.ts';
import { trigger, triggerBatch, triggerUser } from './events.ts';
import { readParameters, readQuery } from './parameters.ts';
import { listChannels, listUsers, showChannel } from './queries.ts';
import type { Rate } from './rates.ts';
import { type ApiRequest, type PreparedRequest, readOnly } from './request.ts';

/** What the endpoints need. */
export interface EndpointPorts extends Pick<PusherPorts, 'channels' | 'terminations' | 'guards'> {
  readonly sessions: PusherSessions;
}

/** Checks a signed request. @param name the variable part of its path. @throws RelayError when it is refused */
type Prepare = (ports: EndpointPorts, request: ApiRequest, name: string) => PreparedRequest;

/** One endpoint: one method of one path. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  /** Below the app; `*` stands for one segment. */
  readonly path: string;
  /** The rate limit that it counts towards. */
  readonly rate?: Rate;
  /** Status of the answer; 200 by default. */
  readonly status?: number;
  readonly prepare: Prepare;
}

const get = (path: string, prepare: Prepare): Endpoint => ({ method: 'GET', path, rate: 'readsPerSec', prepare });

const publish = (path: string, prepare: Prepare): Endpoint => {
  return { method: 'POST', path, rate: 'eventsPerSec', prepare };
};

const show: Prepare = ({ channels }, { app, query }, name) => showChannel(channels, app, name, readQuery(query));

/** All endpoints. */
export const ENDPOINTS: readonly Endpoint[] = [
  publish('events', ({ channels }, { app, query, body }) => trigger(channels, app, readParameters(query, body))),
  publish('batch_events', ({ channels }, { app, query, body }) => {
    return triggerBatch(channels, app, readParameters(query, body));
  }),
  publish('users/*/events', ({ channels }, { app, query, body }, user) => {
    return triggerUser(channels, app, user, readParameters(query, body));
  }),
  {
    // The oldest SDKs publish here. The body is the data; path and query hold the rest.
    ...publish('channels/*/events', ({ channels }, { app, query, body }, channel) => {
      const { name, socket_id } = readQuery(query);
      return trigger(channels, app, { name, socket_id, channel, data: decode(body) });
    }),
    status: 202,
  },
  get('channels', ({ channels }, { app, query }) => listChannels(channels, app, readQuery(query))),
  get('channels/*', show),
  // The oldest SDKs read here.
  get('channels/*/stats', show),
  get('channels/*/users', ({ channels }, { app, query }, name) => listUsers(channels, app, name, readQuery(query))),
  get('connections', ({ guards }, { app }) =>
    readOnly(() => then(guards.places.count(app.id), (connections) => ({ connections }))),
  ),
  {
    method: 'POST',
    path: 'users/*/terminate_connections',
    prepare: ({ terminations }, { app }, user) => readOnly(() => then(terminations.order(app.id, user), () => ({}))),
  },
];
