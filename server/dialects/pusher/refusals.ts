// What clients are told when something is refused: codes, and the words of the hosted service where they are known.
import type { SubscribeRefusal } from '../../channel/admission.ts';
import type { App } from '../../channel/app.ts';
import type { SubscriptionError } from './frames.ts';

/** An error that ends the connection. 4000–4099: come back only changed; 4100–4199: later; 4200–4299: at once. */
export interface Closing {
  readonly code: number;
  readonly message: string;
}

/** Where a part of a session reports what its client does wrong. */
export interface ErrorSink {
  /** Sends the client an error and goes on. */
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
export const REMOVED: Closing = { code: 4009, message: 'The device was removed.' };
export const OVER_CAPACITY: Closing = { code: 4100, message: 'Over capacity' };
export const TOO_MANY_FRAMES: Closing = { code: 4100, message: 'Too many frames' };
export const NO_PONG: Closing = { code: 4201, message: 'Pong reply not received in time' };
export const SHUTDOWN: Closing = { code: 4200, message: 'Server is closing. Please reconnect shortly.' };

/** The key is not one of any app's active ones. */
export function unknownKey(key: string): Closing {
  return { code: 4001, message: `App key ${key} does not exist.` };
}

/** The app has no place left. To hosted Pusher that is for good; soketi lets clients try again. */
export function overQuota({ limits }: App): Closing {
  return { code: limits.retryWhenFull ? 4100 : 4004, message: 'Application is over connection quota' };
}

/** A close frame has room for 123 bytes. */
const MAX_REASON = 123;

/** Cuts a reason to what a close frame can carry, between two characters. */
export function closeReason(message: string): string {
  const bytes = Buffer.from(message);
  if (bytes.length <= MAX_REASON) return message;
  let end = MAX_REASON;
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Text of a peer that is repeated to it, within bounds; nothing where it sent no text. */
export function quote(value: unknown): string {
  const text = typeof value === 'string' ? value : '';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** The words for a frame that cannot be read. */
export const INVALID = 'Invalid message format';

/** Error codes that are told without closing. */
export const UNAUTHORIZED = 4009;
export const CLIENT_EVENT_RATE = 4301;
export const WATCHLIST_TOO_LONG = 4302;

/** A subscription that is refused. `code` goes into `pusher:error`. */
export interface SubscriptionRefusal {
  readonly code: number | null;
  readonly message: string;
  /** Undefined where the channel itself has no error, because it is subscribed already. */
  readonly error?: SubscriptionError;
}

function failure(type: string, status: number, message: string): SubscriptionRefusal {
  return { code: null, message, error: { type, error: message, status } };
}

/** A wrong or missing proof. The text that should have been signed may be told, the digest never. */
export function authFailure(message: string, brief = message): SubscriptionRefusal {
  return { code: UNAUTHORIZED, message, error: { type: 'AuthError', error: brief, status: 401 } };
}

const WORDS: Readonly<Record<Exclude<SubscribeRefusal, 'exists' | 'disconnected'>, [string, number, string]>> = {
  name_invalid: ['InvalidChannel', 400, 'Invalid channel name'],
  name_too_long: ['LimitReached', 4009, 'The channel name is longer than allowed'],
  too_many_subscriptions: ['LimitReached', 4100, 'The connection has too many subscriptions'],
  channel_full: ['LimitReached', 4100, 'The maximum number of members in the presence channel is reached'],
  member_missing: ['AuthError', 401, 'Invalid channel_data: expected a user_id, or a connection that has signed in'],
  member_invalid: ['AuthError', 401, 'Invalid channel_data: user_id must be a non-empty string or a whole number'],
  user_id_too_long: ['LimitReached', 4301, 'The user_id is longer than allowed'],
  member_too_large: ['LimitReached', 4301, 'The member is larger than allowed'],
};

/** The words for a refusal of the channel core. */
export function subscribeRefusal(reason: SubscribeRefusal, channel: string): SubscriptionRefusal {
  if (reason === 'exists' || reason === 'disconnected') {
    return { code: null, message: `Existing subscription to channel ${quote(channel)}` };
  }
  return failure(...WORDS[reason]);
}
