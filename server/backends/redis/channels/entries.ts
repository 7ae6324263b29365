// What a node has in the cluster, by entries of one set in Redis: when the node is dead, others take back what it had.
// Entries: "c" (subscribers of a channel), "u" (sockets signed in as a user) or "w" (sockets that watch a user), then the app,
// a line break, and the name. App ids have no line breaks.
import type { App } from '../../../channel/app.ts';
import { kindOfChannel } from '../../../channel/channel-name.ts';
import { deviceOfChannel, RELAY_APP } from '../../../channel/relay-app.ts';
import { channelShard, shardOf } from '../keys.ts';

/** One thing that a node has. */
export interface Entry {
  readonly kind: 'c' | 'u' | 'w';
  readonly app: string;
  readonly name: string;
}

/** The text of an entry. */
export function entryText({ kind, app, name }: Entry): string {
  return `${kind}${app}\n${name}`;
}

/** The entry of a text. */
export function parseEntry(text: string): Entry {
  const end = text.indexOf('\n');
  return { kind: text[0] as Entry['kind'], app: text.slice(1, end), name: text.slice(end + 1) };
}

/** The device whose channel it is, if it is one. */
function deviceOf(app: string, channel: string): string | undefined {
  return app === RELAY_APP ? deviceOfChannel(channel) : undefined;
}

/** The shard of a channel. A device's channel has that of the device, for its owner needs to know who is there. */
export function shardOfChannel(app: string, channel: string): number {
  const device = deviceOf(app, channel);
  return device === undefined ? channelShard(app, channel) : shardOf(device);
}

/** What Redis has to know of a channel, see scripts/occupy.lua. */
export function flagsOf({ id, hooks, subscriptionCount }: App, channel: string): string {
  const { presence, user, cacheable } = kindOfChannel(channel);
  const isCounted = subscriptionCount && !presence && !user;
  return [
    '-',
    hooks.length > 0 && !user ? 'e' : '',
    isCounted && hooks.some(({ events }) => events.includes('subscription_count')) ? 'h' : '',
    isCounted ? 'c' : '',
    deviceOf(id, channel) === undefined ? '' : 'd',
    presence ? 'p' : '',
    cacheable ? 'l' : '',
  ].join('');
}
