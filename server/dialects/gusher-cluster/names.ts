// The channels of an app in the channel core: those that sockets subscribe to, one for each user, one for each socket.
import { z } from 'zod';
import { type App, createApp } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import { escapeName, unescapeName } from '../../channel/escape.ts';

/** What a channel is for: the prefix of its name. `c-` is a channel of the app, `u-` a user, `s-` a socket. */
export type Purpose = 'c-' | 'u-' | 's-';

/** Longest name of a channel or a user, in characters. Escaped, each of them may take nine. */
export const MAX_NAME = 1024;
/** The user of a socket, as hooks and JWTs name it. As in the original, a user without a name may connect. */
export const userId = z
  .string()
  .max(MAX_NAME)
  .nullish()
  .transform((id) => id ?? '');
/** Most names and patterns of channels that a socket may be allowed. */
export const MAX_LIST = 10_000;
/** Those names and patterns, as hooks, JWTs and the API list them. */
export const channelList = z.array(z.string().max(MAX_NAME)).max(MAX_LIST);
const LIMITS = { subscriptions: 10_000, channelNameLen: 10_000 };

/** The app of a key. The core knows apps by their id, and no other dialect makes ids with this prefix. */
export function appOf(key: string): App {
  return createApp({ id: `gusher-cluster:${key}`, keys: [], limits: LIMITS });
}

/** The name of a channel in the channel core. */
export function channelFor(purpose: Purpose, name: string): string {
  return purpose + escapeName(name);
}

/** The name of a channel of the core on the wire; undefined when it has another purpose. */
export function nameOf(purpose: Purpose, channel: string): string | undefined {
  return channel.startsWith(purpose) ? unescapeName(channel.slice(purpose.length)) : undefined;
}

/** The names of channels of that purpose that have subscribers. */
export function occupiedNames(channels: Pick<Channels, 'occupied'>, app: App, purpose: Purpose): string[] {
  return channels.occupied(app, purpose).flatMap((channel) => nameOf(purpose, channel) ?? []);
}
