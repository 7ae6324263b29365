// The channels of an app: one for all its sockets, and one for each user_tag.
import type { App } from '../../channel/app.ts';
import type { Channels } from '../../channel/channels.ts';
import { escapeName, unescapeName } from '../../channel/escape.ts';

const TAG_PREFIX = 'tag-';

/** The channel that every socket of an app is on. */
export const EVERYBODY = 'all';

/** The channel of the sockets with a tag. */
export function tagChannel(tag: string): string {
  return TAG_PREFIX + escapeName(tag);
}

/** The tags that are online. */
export async function onlineTags(channels: Pick<Channels, 'occupied'>, app: App): Promise<string[]> {
  const names = await channels.occupied(app, TAG_PREFIX);
  return names.flatMap((channel) => unescapeName(channel.slice(TAG_PREFIX.length)) ?? []);
}

/** How many tags are online. Takes constant time, because every push needs it. */
export async function onlineCount(channels: Pick<Channels, 'channelCount'>, app: App): Promise<number> {
  // Each socket is on its tag's channel and on the channel that all sockets share. So all channels but one are tags.
  return Math.max(0, (await channels.channelCount(app)) - 1);
}
