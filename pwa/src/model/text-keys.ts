// The keys of all texts that the model can show to a person. A dictionary that lacks one does not compile. The English
// texts are in locales/en.ts.

/** Keys of all texts of the model. */
export const textKeys = [
  // Why a relay is not connected.
  'connection.no_network',
  'connection.unreachable',
  'connection.no_answer',
  'connection.closed',
  'connection.too_many',
  'connection.refused.removed',
  'connection.refused.token',
  'connection.refused.taken_over',
  'connection.refused.other',

  // Failures of requests to a relay.
  'error.no_network',
  'error.unreachable',
  'error.unreachable_other',
  'error.timeout',
  'error.plain_http',
  'error.not_a_relay',
  'error.unauthorized',
  'error.forbidden',
  'error.not_found',
  'error.invalid',
  'error.too_many',
  'error.too_large',
  'error.unavailable',
  'error.server',
  'error.unknown_account',
  'send.file_too_large',
  'secrets.insecure',
  'secrets.unreadable',
  'secrets.no_files',
  'secrets.no_questions',
  'error.storage',

  // Pairing and registration.
  'pairing.bad_server',
  'pairing.bad_code',
  'pairing.code_over',
  'pairing.bad_name',
  'pairing.bad_group',
  'pairing.bad_token',

  // Why this page gets no notifications, and what to do about it.
  'push.impossible.insecure',
  'push.impossible.install_first',
  'push.impossible.unsupported',
  'push.impossible.relay_off',
  'push.denied',
  'push.dismissed',
  'push.service_silent',
  'push.subscribe_failed',
  'push.no_worker',
  'push.other_relay',
  'push.no_account',

  // Delivery check.
  'check.failed',
  'check.not_allowed',
  'check.denied',
  'check.no_subscription',
  'check.not_registered',
  'check.gone',
  'check.retry',
  'check.refused',
  'check.off',
  'check.no_arrival',

  // Actions of messages.
  'answer.late',
  'answer.late_acknowledged',
  'answer.over',
  'answer.withdrawn',
  'answer.unknown',
  'answer.not_sent',
  'action.failed',
  'action.unreachable',
  'action.plain_http',

  // Import.
  'import.not_an_export',
  'import.too_new',
  'import.too_large',
  'import.no_account',

  'install.unavailable',
] as const;
/** The key of a text. */
export type TextKey = (typeof textKeys)[number];
