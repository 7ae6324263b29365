/** A section of the config with which no socket is pinged during a run: a ping among events would spoil a count of bytes. */
export const PINGS = { websocket: { activityTimeout: 3_600_000, pingInterval: 2 ** 31 - 1 } };
