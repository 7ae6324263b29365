// The channels of an app: one for everybody, one for each user_tag.
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
export function onlineTags(channels: Pick<Channels, 'occupied'>, app: App): string[] {
  return channels.occupied(app, TAG_PREFIX).flatMap((channel) => unescapeName(channel.slice(TAG_PREFIX.length)) ?? []);
}

/** How many tags are online: asked at each push, so it walks no tags. */
export function onlineCount(channels: Pick<Channels, 'channelCount'>, app: App): number {
  // A socket takes both its channels at once and leaves both at once: one of them is everybody's, the rest are tags.
  return Math.max(0, channels.channelCount(app) - 1);
}
