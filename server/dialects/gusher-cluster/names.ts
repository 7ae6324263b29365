// The names of an app's channels in the channel core: the channels that sockets subscribe to, one for each user, and one for
// each socket.
import { z } from 'zod';
import { type App, createApp } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import { escapeName, unescapeName } from '../../channel/escape.ts';

/** What a channel is for: the prefix of its name. `c-` is a channel of the app, `u-` a user, `s-` a socket. */
export type Purpose = 'c-' | 'u-' | 's-';

/** Longest name of a channel or a user, in characters. Escaping may turn one character into nine. */
export const MAX_NAME = 1024;
/** The user of a socket, as hooks and JWTs name it. As in the original, a user without a name may connect. */
export const userId = z
  .string()
  .max(MAX_NAME)
  .nullish()
  .transform((id) => id ?? '');
/** Longest list of channel names and patterns that a socket may be allowed. */
export const MAX_LIST = 10_000;
/** A list of allowed names and patterns, from a hook, a JWT or the API. */
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

/** Reverses `channelFor`. Undefined when the channel has another purpose. */
export function nameOf(purpose: Purpose, channel: string): string | undefined {
  return channel.startsWith(purpose) ? unescapeName(channel.slice(purpose.length)) : undefined;
}

/** The names of all channels of that purpose that have subscribers. */
export async function occupiedNames(
  channels: Pick<Channels, 'occupied'>,
  app: App,
  purpose: Purpose,
): Promise<string[]> {
  const names = await channels.occupied(app, purpose);
  return names.flatMap((channel) => nameOf(purpose, channel) ?? []);
}
