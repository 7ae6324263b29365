const DEVICE_PREFIX = 'private-device-';
const EVENTS_PREFIX = 'private-events-';
const GROUP_PREFIX = 'presence-group-';

/** Everything outside Pusher's channel charset, and `=`, which marks an escape. */
const UNSAFE = /[^A-Za-z0-9_\-@,.;]+/g;
const ESCAPED = /^(?:[A-Za-z0-9_\-@,.;]|=[0-9A-F]{2})+$/;

/** Writes the unsafe characters as `=XX` per UTF-8 byte, so that any well-formed text becomes part of a channel name. */
function escapeName(name: string): string {
  return name.replace(UNSAFE, (run) => Buffer.from(run).toString('hex').toUpperCase().replace(/../g, '=$&'));
}

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
  const escaped = channel.slice(DEVICE_PREFIX.length);
  if (!ESCAPED.test(escaped)) return undefined;
  try {
    const name = decodeURIComponent(escaped.replaceAll('=', '%'));
    // A safe character in escaped form would give one device a second channel.
    return deviceChannel(name) === channel ? name : undefined;
  } catch {
    return undefined;
  }
}

/** The private channel of a device in the app `relay` on which its pages hear what became of the messages they sent. */
export function eventsChannel(name: string): string {
  return EVENTS_PREFIX + escapeName(name);
}

/** The private channel of the app `relay` on which the owner's pages hear what was read on another device. */
export function readChannel(): string {
  return 'private-reads';
}
