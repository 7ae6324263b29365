/** Config that turns pings off for the length of a run: a ping among the events would spoil the count of bytes. */
export const PINGS = { websocket: { activityTimeout: 3_600_000, pingInterval: 2 ** 31 - 1 } };
