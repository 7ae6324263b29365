// Reads over the HTTP API: the occupied channels, their counts, their users.

import { RelayError } from '../../../base/errors.ts';
import type { App } from '../../../channel/app.ts';
import { type ChannelKind, checkChannelName, kindOfChannel } from '../../../channel/channel-name.ts';
import type { Channels } from '../../../channel/channels.ts';
import { countsOf, countsSubscribers } from './events.ts';
import { type Parameters, readInfo } from './parameters.ts';
import { type PreparedRequest, readOnly } from './request.ts';

/** What the queries need of the channel core. */
export type QueryPorts = Pick<
  Channels,
  'occupied' | 'userCount' | 'subscriptionCount' | 'members' | 'cached' | 'publish'
>;

const invalid = (text: string) => new RelayError('invalid', text);

/** webman-push-server adds the type to each channel. */
function typeOf(app: App, kind: ChannelKind): { type?: string } {
  if (!app.webman) return {};
  return { type: kind.presence ? 'presence' : kind.private ? 'private' : 'public' };
}

/** `GET /channels`. */
export function listChannels(channels: QueryPorts, app: App, query: Parameters): PreparedRequest {
  const prefix = String(query['filter_by_prefix'] ?? '');
  const info = readInfo(query['info'], ['user_count', 'subscription_count']);
  if (info.includes('user_count') && !prefix.startsWith('presence-')) {
    throw invalid('user_count needs a filter_by_prefix that begins with presence-');
  }
  if (info.includes('subscription_count') && !countsSubscribers(app)) {
    throw invalid('subscription_count is not enabled for this app');
  }
  return readOnly(async () => {
    const names = await channels.occupied(app, prefix);
    const list = names.map(async (name) => {
      return [name, { ...(await countsOf(channels, app, name, info)), ...typeOf(app, kindOfChannel(name)) }];
    });
    return { channels: Object.fromEntries(await Promise.all(list)) };
  });
}

function checkName(app: App, name: string): ChannelKind {
  if (checkChannelName(name, app.limits.channelNameLen) !== undefined) throw invalid('Invalid channel name');
  return kindOfChannel(name);
}

/** `GET /channels/:name`. For a channel without subscribers the answer is `occupied: false`. */
export function showChannel(channels: QueryPorts, app: App, name: string, query: Parameters): PreparedRequest {
  const kind = checkName(app, name);
  const info = readInfo(query['info'], ['user_count', 'subscription_count', 'cache']);
  if (info.includes('user_count') && !kind.presence) throw invalid('user_count exists only on presence channels');
  if (info.includes('subscription_count') && !countsSubscribers(app)) {
    throw invalid('subscription_count is not enabled for this app');
  }
  if (info.includes('cache') && !kind.cacheable) throw invalid('cache exists only on cache channels');
  return readOnly(async () => {
    // The API does not show whether a user is connected.
    const occupied = !kind.user && (await channels.subscriptionCount(app, name)) > 0;
    const cached = info.includes('cache') ? await channels.cached(app, name) : undefined;
    return {
      occupied,
      ...(await countsOf(channels, app, name, info)),
      ...(info.includes('cache')
        ? { cache: cached === undefined ? null : { data: cached.event.data, ttl: cached.ttlSec } }
        : {}),
      ...(occupied ? typeOf(app, kind) : {}),
    };
  });
}

/** `GET /channels/:name/users`. As in soketi, `with_user_info=1` adds the info of each user. */
export function listUsers(channels: QueryPorts, app: App, name: string, query: Parameters): PreparedRequest {
  if (!checkName(app, name).presence) {
    throw invalid(`Invalid channel [${name}]: only presence channels have users`);
  }
  const isWhole = query['with_user_info'] === '1';
  return readOnly(async () => {
    const members = [...(await channels.members(app, name))];
    return { users: members.map(([id, { info }]) => (isWhole ? { id, user_info: info } : { id })) };
  });
}
