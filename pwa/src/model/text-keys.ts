// Every sentence that the model may have for a person, as keys: a dictionary that misses one does not compile.

/** Keys of all {@link LocalizedText} of the model. The comment is the English meaning; `{…}` names a value. */
export const textKeys = [
  // Connection, shown beside the light.
  /** This device has no network. */
  'connection.no_network',
  /** The relay at {server} cannot be reached. */
  'connection.unreachable',
  /** The relay stopped answering. */
  'connection.no_answer',
  /** The relay closed the connection (code {code}). */
  'connection.closed',
  /** The relay asks to wait: too many attempts with a wrong token from this address. */
  'connection.too_many',
  /** This device was removed from the relay. Pair it again. */
  'connection.refused.removed',
  /** The relay's token has changed or this device's has expired. Pair it again. */
  'connection.refused.token',
  /** Another page or device uses the name {name} now. Connect here to take it back. */
  'connection.refused.taken_over',
  /** The relay refuses this device: {text} (in the relay's words). */
  'connection.refused.other',

  // Any request to a relay.
  /** This device has no network. */
  'error.no_network',
  /** {server}, the page's own relay, cannot be reached. */
  'error.unreachable',
  /** {server}, another relay, cannot be reached: the address, or http.cors. */
  'error.unreachable_other',
  /** {server} did not answer in time. */
  'error.timeout',
  /** The page may not talk to {server}, another relay over plain http. */
  'error.plain_http',
  /** At {server} there is no relay of this kind. */
  'error.not_a_relay',
  /** The token is wrong, or this device was removed. */
  'error.unauthorized',
  /** The relay does not allow it: {text}. */
  'error.forbidden',
  /** The relay does not know it: {text}. */
  'error.not_found',
  /** The relay did not understand it: {text}. */
  'error.invalid',
  /** Too many attempts. Try again in {seconds} seconds. */
  'error.too_many',
  /** What was sent is too large. */
  'error.too_large',
  /** The relay is starting, closing or busy. */
  'error.unavailable',
  /** The relay failed (HTTP {status}). */
  'error.server',
  /** This page is not paired with that relay any more. */
  'error.unknown_account',
  /** The browser does not let this page store anything; a private window may be the reason. */
  'error.storage',

  // Pairing and registration.
  /** This is no address of a relay. */
  'pairing.bad_server',
  /** This is no pairing code; a code has 12 letters and digits. */
  'pairing.bad_code',
  /** This code is unknown, used, or older than ten minutes. Make a new one. */
  'pairing.code_over',
  /** A name has 1 to {max} characters, without "/" and ",", and is not "mid" or "status". */
  'pairing.bad_name',
  /** A group has 1 to {max} characters, without "/" and ",". */
  'pairing.bad_group',
  /** The token is wrong. */
  'pairing.bad_token',

  // Why there are no notifications here, with the way out.
  /** Over plain http browsers allow no notifications. Open the relay by https, for example behind a reverse proxy. */
  'push.impossible.insecure',
  /** On iPhone and iPad: tap Share, then Add to Home Screen, and open it from there. */
  'push.impossible.install_first',
  /** This browser has no web push. Another one may. */
  'push.impossible.unsupported',
  /** The relay has web push switched off (webpush.enabled). */
  'push.impossible.relay_off',
  /** Notifications were not allowed; the browser's settings for this site change that. */
  'push.denied',
  /** The question was closed without an answer. */
  'push.dismissed',
  /** {service} did not answer within {seconds} s: a firewall may block it. */
  'push.service_silent',
  /** The browser could not subscribe at {service}: {text}. */
  'push.subscribe_failed',
  /** The part of the page that works in the background did not start. Reload the page. */
  'push.no_worker',
  /** A page gets push from one relay, this one from {server}. For the other one, open its own page. */
  'push.other_relay',
  /** Pair with a relay first. */
  'push.no_account',

  // Delivery check.
  /** The browser failed: {text}. */
  'check.failed',
  /** Notifications were not allowed yet: enable them. */
  'check.not_allowed',
  /** Notifications are blocked in the browser's settings for this site. */
  'check.denied',
  /** The browser has no subscription: enable notifications. */
  'check.no_subscription',
  /** The relay does not know the subscription, and did not take it: {text}. */
  'check.not_registered',
  /** The push service has no such subscription any more: disable notifications and enable them again. */
  'check.gone',
  /** The push service cannot be reached or is busy; the relay tries again: {reason}. */
  'check.retry',
  /** The push service refused the message: {reason}. */
  'check.refused',
  /** The relay has web push switched off. */
  'check.off',
  /** The push service took the message, but nothing arrived within {seconds} seconds. The system may block or delay it. */
  'check.no_arrival',

  // Actions of messages.
  /** The server answered with HTTP {status}. */
  'action.failed',
  /** {host} cannot be reached from here. */
  'action.unreachable',
  /** The page may not call {host}, which is plain http. */
  'action.plain_http',

  // Import.
  /** This file is no export of this page. */
  'import.not_an_export',
  /** This file is of a newer version of the page. Update first. */
  'import.too_new',
  /** The file is larger than {max} MB. */
  'import.too_large',
  /** The messages are of {servers}. Pair with it first. */
  'import.no_account',

  /** The browser does not offer to install the page now; its menu may. */
  'install.unavailable',
] as const;

/** One of the keys. */
export type TextKey = (typeof textKeys)[number];
