import { escapeName, unescapeName } from './escape.ts';

const DEVICE_PREFIX = 'private-device-';
const EVENTS_PREFIX = 'private-events-';
const GROUP_PREFIX = 'presence-group-';

/** The private channel of a device in the app `relay`: its messages arrive there. */
export function deviceChannel(name: string): string {
  return DEVICE_PREFIX + escapeName(name);
}

/** The presence channel of a group in the app `relay`: its members are the devices of the group that are online. */
export function groupChannel(group: string): string {
  return GROUP_PREFIX + escapeName(group);
}

/** The device whose channel this is; undefined for any name that `deviceChannel` does not write. */
export function deviceOfChannel(channel: string): string | undefined {
  if (!channel.startsWith(DEVICE_PREFIX)) return undefined;
  const name = unescapeName(channel.slice(DEVICE_PREFIX.length));
  return name === '' ? undefined : name;
}

/** The private channel of a device in the app `relay` on which its pages hear what became of the messages they sent. */
export function eventsChannel(name: string): string {
  return EVENTS_PREFIX + escapeName(name);
}

/** The private channel of the app `relay` on which the owner's pages hear what was read on another device. */
export function readChannel(): string {
  return 'private-reads';
}
