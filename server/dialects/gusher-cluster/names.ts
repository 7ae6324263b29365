// The channels of an app in the channel core: those of its sockets, one for each user, one for each socket.
import { z } from 'zod';
import { type App, createApp } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import { escapeName, unescapeName } from '../../channel/escape.ts';

/** What a channel is for, as the beginning of its name. */
export type Purpose = 'c-' | 'u-' | 's-';

/** Longest name of a channel or a user, in characters; escaped, each may take nine. */
export const MAX_NAME = 1024;
/** Who a socket is, as hooks and JWTs say it. Those that say nothing let in somebody without a name, as there. */
export const userId = z
  .string()
  .max(MAX_NAME)
  .nullish()
  .transform((id) => id ?? '');
/** Names and patterns that a socket may have of what it may hear. */
export const MAX_LIST = 10_000;
/** Such names and patterns, as hooks, JWTs and the API say them. */
export const channelList = z.array(z.string().max(MAX_NAME)).max(MAX_LIST);
const LIMITS = { subscriptions: 10_000, channelNameLen: 10_000 };

/** The app of a key. No other app's id has a colon and these words, and what an app has goes by its id alone. */
export function appOf(key: string): App {
  return createApp({ id: `gusher-cluster:${key}`, keys: [], limits: LIMITS });
}

/** The name of a channel in the channel core. */
export function channelFor(purpose: Purpose, name: string): string {
  return purpose + escapeName(name);
}

/** The name behind one in the channel core; undefined when it is for another purpose. */
export function nameOf(purpose: Purpose, channel: string): string | undefined {
  return channel.startsWith(purpose) ? unescapeName(channel.slice(purpose.length)) : undefined;
}

/** The names of that purpose which somebody hears now. */
export function heardNames(channels: Pick<Channels, 'occupied'>, app: App, purpose: Purpose): string[] {
  return channels.occupied(app, purpose).flatMap((channel) => nameOf(purpose, channel) ?? []);
}
