/** What the prefix of a channel's name says about it. */
export interface ChannelKind {
  /** Anybody of the app may subscribe. */
  readonly public: boolean;
  /** A subscription has to be authorised; true for encrypted and presence channels too. */
  readonly private: boolean;
  readonly presence: boolean;
  /** The data is ciphertext; the core relays it like any other. */
  readonly encrypted: boolean;
  /** The last event published for keeping is given to each new subscriber. */
  readonly cacheable: boolean;
  /** The channel of one signed-in user: not listed, not counted, without edges. */
  readonly user: boolean;
}

const USER_PREFIX = '#server-to-user-';

const PLAIN = { public: false, private: false, presence: false, encrypted: false, cacheable: false, user: false };
const PUBLIC: ChannelKind = { ...PLAIN, public: true };

/** Longest first: the first prefix that fits wins. Case counts, so `Private-x` is public. */
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

/** Tells the kind of a channel by its name. The result is one of few shared objects. */
export function kindOfChannel(name: string): ChannelKind {
  for (const [prefix, kind] of PREFIXES) if (name.startsWith(prefix)) return kind;
  return PUBLIC;
}

/** The channel on which a signed-in user's own events arrive. */
export function userChannel(userId: string): string {
  return USER_PREFIX + userId;
}

/** The user whose channel this is, or undefined when it is none. */
export function userOfChannel(name: string): string | undefined {
  return name.startsWith(USER_PREFIX) ? name.slice(USER_PREFIX.length) : undefined;
}

/** Why a channel name is refused. */
export type NameRefusal = 'name_invalid' | 'name_too_long';

/** Checks charset and length (in characters, prefix included); undefined means that the name is fine. */
export function checkChannelName(name: string, maxLength: number): NameRefusal | undefined {
  // Length first: the pattern never runs over more than a legal name.
  if (name.length > maxLength) return 'name_too_long';
  return /^(?:#server-to-user-)?[A-Za-z0-9_\-=@,.;]+$/.test(name) ? undefined : 'name_invalid';
}
