import { type App, type AppLimits, createApp } from './app.ts';

/**
 * Builds the built-in app `relay`, which holds the relay's own channels (relay-channels.ts). Its bounds are roomy: a
 * channel name carries a whole escaped device name, an event a whole message, and a group may have thousands of devices.
 */
export function relayApp(
  key: string,
  secret: string,
  times: Partial<Pick<AppLimits, 'activityTimeoutSec' | 'pongTimeoutSec'>> = {},
): App {
  return createApp({
    id: 'relay',
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
