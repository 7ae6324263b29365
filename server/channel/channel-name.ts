/** What the prefix of a channel name says about the channel. */
export interface ChannelKind {
  /** Every client of the app may subscribe. */
  readonly public: boolean;
  /** A subscription needs a signature. Also true for encrypted and presence channels. */
  readonly private: boolean;
  readonly presence: boolean;
  /** The publisher encrypts the data. The core treats it like any other data. */
  readonly encrypted: boolean;
  /** New subscribers get the last event. */
  readonly cacheable: boolean;
  /** The channel of one signed-in user. It is never listed or counted, and has no edges. */
  readonly user: boolean;
}

const USER_PREFIX = '#server-to-user-';

const PLAIN = { public: false, private: false, presence: false, encrypted: false, cacheable: false, user: false };
const PUBLIC: ChannelKind = { ...PLAIN, public: true };

/** Longer prefixes first, because the first match wins. Matching is case-sensitive: `Private-x` is public. */
const PREFIXES: readonly (readonly [prefix: string, kind: ChannelKind])[] = [
  ['private-encrypted-cache-', { ...PLAIN, private: true, encrypted: true, cacheable: true }],
  ['private-encrypted-', { ...PLAIN, private: true, encrypted: true }],
  [USER_PREFIX, { ...PLAIN, user: true }],
  ['presence-cache-', { ...PLAIN, private: true, presence: true, cacheable: true }],
  ['private-cache-', { ...PLAIN, private: true, cacheable: true }],
  ['presence-', { ...PLAIN, private: true, presence: true }],
  ['private-', { ...PLAIN, private: true }],
  ['cache-', { ...PLAIN, public: true, cacheable: true }],
];

/** Derives the kind of a channel from its name. Returns one of a few shared objects. */
export function kindOfChannel(name: string): ChannelKind {
  for (const [prefix, kind] of PREFIXES) if (name.startsWith(prefix)) return kind;
  return PUBLIC;
}

/** The channel for events to one signed-in user. */
export function userChannel(userId: string): string {
  return USER_PREFIX + userId;
}

/** The user that a user channel belongs to; undefined for any other channel. */
export function userOfChannel(name: string): string | undefined {
  return name.startsWith(USER_PREFIX) ? name.slice(USER_PREFIX.length) : undefined;
}

/** Why a channel name is refused. */
export type NameRefusal = 'name_invalid' | 'name_too_long';

/** Checks the characters and the length, prefix included. Undefined when the name is valid. */
export function checkChannelName(name: string, maxLength: number): NameRefusal | undefined {
  // Checks the length first, so that the pattern never runs over a long text.
  if (name.length > maxLength) return 'name_too_long';
  return /^(?:#server-to-user-)?[A-Za-z0-9_\-=@,.;]+$/.test(name) ? undefined : 'name_invalid';
}
