// The built-in app `relay` and its channels: devices of the relay are subscribers like any other.
import { type App, type AppLimits, createApp } from './app.ts';
import { escapeName, unescapeName } from './escape.ts';

/** Id of the app. */
export const RELAY_APP = 'relay';

/**
 * Builds the app. Its limits are wide: a channel name holds a whole escaped device name, an event a whole message, and a
 * group may have thousands of devices.
 */
export function relayApp(
  key: string,
  secret: string,
  times: Partial<Pick<AppLimits, 'activityTimeoutSec' | 'pongTimeoutSec'>> = {},
): App {
  return createApp({
    id: RELAY_APP,
    keys: [{ key, secret, active: true }],
    limits: {
      connections: null,
      subscriptions: 10_000,
      channelNameLen: 1_024,
      eventBytes: 16 * 1_024 * 1_024,
      channelsPerEvent: 10_000,
      presenceMembers: 100_000,
      presenceMemberBytes: 8_192,
      userIdLen: 1_024,
      ...times,
    },
  });
}

const DEVICE_PREFIX = 'private-device-';
const EVENTS_PREFIX = 'private-events-';
const GROUP_PREFIX = 'presence-group-';
const TARGET_PREFIX = 'private-target-';

/** The private channel of a device, on which its messages arrive. */
export function deviceChannel(name: string): string {
  return DEVICE_PREFIX + escapeName(name);
}

/** The presence channel of a group. Its members are the devices of the group that are online. */
export function groupChannel(group: string): string {
  return GROUP_PREFIX + escapeName(group);
}

/** The device of a channel. Undefined for any name that `deviceChannel` cannot produce. */
export function deviceOfChannel(channel: string): string | undefined {
  if (!channel.startsWith(DEVICE_PREFIX)) return undefined;
  const name = unescapeName(channel.slice(DEVICE_PREFIX.length));
  return name === '' ? undefined : name;
}

/** The private channel of a device that reports the statuses of the messages it sent. */
export function eventsChannel(name: string): string {
  return EVENTS_PREFIX + escapeName(name);
}

/** The private channel of a target: who listens to it without being a device. */
export function targetChannel(name: string): string {
  return TARGET_PREFIX + escapeName(name);
}

/** The only device that may join a channel: that of its messages, or that of its events. */
export function soleDeviceOf(channel: string): string | undefined {
  if (!channel.startsWith(EVENTS_PREFIX)) return deviceOfChannel(channel);
  const name = unescapeName(channel.slice(EVENTS_PREFIX.length));
  return name === '' ? undefined : name;
}

/** The private channel that tells the owner's pages what was read on another device. */
export function readChannel(): string {
  return 'private-reads';
}
