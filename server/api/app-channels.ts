// What happens in an app of the channel core: its channels, and its events as they are published.
import { z } from 'zod';
import type { AppChannel, AppChannels, AppEvent } from '../../shared/api.ts';
import type { Principal } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import type { App } from '../channel/app.ts';
import { kindOfChannel } from '../channel/channel-name.ts';
import { type HttpRequest, json } from '../dialects/kit/http-message.ts';
import type { LiveStream } from '../dialects/kit/live-stream.ts';
import { callerOf } from './access.ts';
import { readShape, route } from './json-routes.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import type { ApiRoute } from './route-spec.ts';
import { count, time } from './schemas/shape.ts';
import { appChannels, appEvent } from './schemas/watch.ts';

const MAX_CHANNELS = 200;
const MAX_DATA = 1000;
/** The most events that a watcher is told per second. Of the rest, only the number is told. */
const MAX_PER_SECOND = 50;
const SECOND = 1000;

const query = z.strictObject({ prefix: z.string().max(200).default('') });
const nothing = z.strictObject({});

const callers = 'token';
const LIST = {
  summary: 'The channels of an app with their subscriptions, and its open sockets.',
  callers,
  query: query.shape,
  answers: { 200: appChannels },
};
const FOLLOW = {
  summary: 'The events that are published to an app through this node, as they come, at most 50 a second.',
  callers,
  query: nothing.shape,
  answers: {},
  events: {
    open: nothing,
    event: appEvent,
    skipped: z.strictObject({ at: time, skipped: count }).describe('How many were left out in the last second.'),
  },
};

/** Creates the routes. */
export function appChannelsRoutes(ports: ApiPorts, { streams: { keepalive } }: ApiConfig): ApiRoute[] {
  const { apps, channels, eventTap, streams, streamPlaces, watchCaller, clock } = ports;

  /** Events and channel names are private to an app, so a device's own token is not enough. */
  async function find(request: HttpRequest, id: string): Promise<{ readonly app: App; readonly caller: Principal }> {
    const caller = await callerOf(request, ports);
    if (!caller.isOwner) throw new RelayError('forbidden', 'apps need the token');
    const app = apps.byId(id);
    // The relay's own app has the messages of devices.
    if (app === undefined || app.id === ports.relayApp.id) throw new RelayError('not_found', 'there is no such app');
    return { app, caller };
  }

  async function channelOf(app: App, name: string): Promise<AppChannel> {
    const subscriptions = await channels.subscriptionCount(app, name);
    if (!kindOfChannel(name).presence) return { name, subscriptions };
    return { name, subscriptions, users: await channels.userCount(app, name) };
  }

  function follow(app: App, caller: Principal, stream: LiveStream): () => void {
    let [since, told, skipped] = [clock.monotonic(), 0, 0];
    return eventTap.watch(app.id, (names, events) => {
      // A device may lose its right to manage the relay and keep its token.
      if (!caller.isOwner) {
        stream.cut();
        return;
      }
      const now = clock.monotonic();
      if (now - since >= SECOND) {
        if (skipped > 0) stream.write(`event: skipped\ndata: ${JSON.stringify({ at: clock.now(), skipped })}\n\n`);
        [since, told, skipped] = [now, 0, 0];
      }
      for (const { name, data, channel } of events) {
        told += 1;
        if (told > MAX_PER_SECOND) {
          skipped += 1;
          continue;
        }
        const text = typeof data === 'string' ? data : String(data);
        const event: AppEvent = {
          at: clock.now(),
          channel: channel ?? names.join(', ').slice(0, MAX_DATA),
          name,
          data: text.slice(0, MAX_DATA),
        };
        stream.write(`event: event\ndata: ${JSON.stringify(event)}\n\n`);
      }
    });
  }

  return [
    route('GET', '/v1/apps/:id/channels', LIST, async (request, [id = '']) => {
      const { app } = await find(request, id);
      const { prefix } = readShape(query, Object.fromEntries(request.query));
      const [names, connections] = await Promise.all([
        channels.occupied(app, prefix),
        ports.guards.places.count(app.id),
      ]);
      const some = [...names].sort().slice(0, MAX_CHANNELS);
      return json({
        channels: await Promise.all(some.map((name) => channelOf(app, name))),
        total: names.length,
        connections,
      } satisfies AppChannels);
    }),
    route('GET', '/v1/apps/:id/events', FOLLOW, async (request, [id = '']) => {
      const { app, caller } = await find(request, id);
      readShape(nothing, Object.fromEntries(request.query));
      const free = streamPlaces.take(request.ip);
      let ends: (() => void)[] = [free];
      return streams.live({
        contentType: 'text/event-stream; charset=utf-8',
        keepalive,
        sign: () => ': keepalive\n\n',
        run(stream) {
          const stop = apps.onChange((changed, now) => {
            if (changed === id && now === undefined) stream.cut();
          });
          ends = [free, stop, watchCaller(caller, () => stream.cut()), follow(app, caller, stream)];
          stream.write('event: open\ndata: {}\n\n');
        },
        ended() {
          for (const end of ends) end();
        },
      });
    }),
  ];
}
