// The one error type that a caller may see, and the closed set of its codes. HTTP and
// each dialect decide what a code looks like on their wire (dialects/kit/errors.ts).

/** Every reason why the relay refuses a request. docs/reference-http.md documents each one. Clients read codes, not sentences. */
export type ErrorCode =
  | 'invalid'
  | 'unauthorized'
  | 'revoked'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'timeout'
  | 'too_large'
  | 'unsupported_type'
  | 'conflict'
  | 'gone'
  | 'too_many'
  | 'unavailable'
  | 'internal';

/** Optional parts of a {@link RelayError}. `retryAfter` is in seconds. */
export interface RelayErrorOptions {
  cause?: unknown;
  retryAfter?: number;
}

/**
 * Thrown for a caller's mistake. The message is safe to show and says what was expected. Any other error that is thrown
 * is a bug in the relay: it is logged, and the caller does not see its text.
 */
export class RelayError extends Error {
  readonly code: ErrorCode;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options: RelayErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'RelayError';
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

/** What a caught value says: the message of an error, or the value as text. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
