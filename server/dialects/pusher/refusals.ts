// The codes and texts of refusals: those of hosted Pusher, where they are known.
import type { SubscribeRefusal } from '../../channel/admission.ts';
import type { App } from '../../channel/app.ts';
import type { SubscriptionError } from './frames.ts';

/**
 * An error that closes the connection. Clients do not reconnect after 4000–4099, reconnect after a second for 4100–4199, and
 * at once for 4200–4299.
 */
export interface Closing {
  readonly code: number;
  readonly message: string;
}

/** Where a part of a session reports what its client does wrong. */
export interface ErrorSink {
  /** Sends the client an error. The connection stays open. */
  error(code: number | null, message: string): void;
  /** Sends the client the reason and closes. */
  end(closing: Closing): void;
}

export const TLS_ONLY: Closing = {
  code: 4000,
  message: 'Application only accepts SSL connections, reconnect using wss://',
};
export const DISABLED: Closing = { code: 4003, message: 'Application disabled' };
export const PATH_NOT_FOUND: Closing = { code: 4005, message: 'Path not found' };
export const BAD_VERSION: Closing = { code: 4007, message: 'Unsupported protocol version' };
export const BAD_ORIGIN: Closing = { code: 4009, message: 'Origin not allowed' };
export const NOT_AUTHORIZED: Closing = { code: 4009, message: 'Connection not authorized within timeout.' };
export const TERMINATED: Closing = { code: 4009, message: 'You got disconnected by the app.' };
export const OUTDATED: Closing = { code: 4200, message: 'The device has changed since. Please reconnect.' };
export const REMOVED: Closing = { code: 4009, message: 'The device was removed.' };
export const OVER_CAPACITY: Closing = { code: 4100, message: 'Over capacity' };
export const TOO_MANY_FRAMES: Closing = { code: 4100, message: 'Too many frames' };
export const NO_PONG: Closing = { code: 4201, message: 'Pong reply not received in time' };
export const RECONNECT: Closing = { code: 4200, message: 'Please reconnect shortly.' };
export const SHUTDOWN: Closing = { code: 4200, message: 'Server is closing. Please reconnect shortly.' };

export const UNKNOWN_KEY = 4001;

/** No app has an active key of that name. */
export function unknownKey(key: string): Closing {
  return { code: UNKNOWN_KEY, message: `App key ${key} does not exist.` };
}

/** The app's quota of connections is used up. Hosted Pusher keeps clients away; soketi lets them retry. */
export function overQuota({ limits }: App): Closing {
  return { code: limits.retryWhenFull ? 4100 : 4004, message: 'Application is over connection quota' };
}

/** The relay cannot tell now whether the socket may connect. The client tries again. */
export function unavailable({ message }: Pick<Error, 'message'>): Closing {
  return { code: 4200, message };
}

/** Longest reason that a Close frame can hold, in bytes. */
const MAX_REASON = 123;

/** Cuts a reason to what a Close frame can hold, without splitting a character. */
export function closeReason(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_REASON) return message;
  let end = MAX_REASON;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Cuts text that a client sent so that an answer can repeat it; empty for other values. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The key of an `auth` of the form `key:digest`. The rest is not repeated: someone may have put a secret there. */
export function quoteKey(auth: unknown): string {
  const text = typeof auth === 'string' ? auth : '';
  return quote(text.slice(0, Math.max(0, text.indexOf(':'))));
}

/** How many characters of a digest to show: enough to find a mistake, too few to reveal a secret sent by mistake. */
const SHOWN_DIGEST = 8;

/** The beginning of the digest in an `auth`. */
export function quoteDigest(auth: unknown): string {
  const digest = String(auth).slice(String(auth).indexOf(':') + 1);
  return digest.length > SHOWN_DIGEST ? `${digest.slice(0, SHOWN_DIGEST)}…` : digest;
}

/** The text for a frame that cannot be read. */
export const INVALID = 'Invalid message format';

/** Codes of errors that do not close the connection. */
export const UNAUTHORIZED = 4009;
export const CLIENT_EVENT_RATE = 4301;
export const WATCHLIST_TOO_LONG = 4302;

/** The refusal of a subscription. `code` and `message` go into `pusher:error`. */
export interface SubscriptionRefusal {
  readonly code: number | null;
  readonly message: string;
  /** The error on the channel; undefined when the socket is subscribed to it already. */
  readonly error?: SubscriptionError;
}

function failure(type: string, status: number, message: string): SubscriptionRefusal {
  return { code: null, message, error: { type, error: message, status } };
}

/** A wrong or missing signature. The message may show the text to sign, but never the right digest. */
export function authFailure(message: string, brief = message): SubscriptionRefusal {
  return { code: UNAUTHORIZED, message, error: { type: 'AuthError', error: brief, status: 401 } };
}

const TEXTS: Readonly<Record<Exclude<SubscribeRefusal, 'exists' | 'disconnected'>, [string, number, string]>> = {
  name_invalid: ['InvalidChannel', 400, 'Invalid channel name'],
  name_too_long: ['LimitReached', 4009, 'The channel name is longer than allowed'],
  too_many_subscriptions: ['LimitReached', 4100, 'The connection has too many subscriptions'],
  channel_full: ['LimitReached', 4100, 'The maximum number of members in the presence channel is reached'],
  member_missing: ['AuthError', 401, 'Invalid channel_data: expected a user_id, or a connection that has signed in'],
  member_invalid: ['AuthError', 401, 'Invalid channel_data: user_id must be a non-empty string or a whole number'],
  user_id_too_long: ['LimitReached', 4301, 'The user_id is longer than allowed'],
  member_too_large: ['LimitReached', 4301, 'The member is larger than allowed'],
};

/** Turns a refusal of the channel core into Pusher's code and text. */
export function subscribeRefusal(reason: SubscribeRefusal, channel: string): SubscriptionRefusal {
  if (reason === 'exists' || reason === 'disconnected') {
    return { code: null, message: `Existing subscription to channel ${quote(channel)}` };
  }
  return failure(...TEXTS[reason]);
}
