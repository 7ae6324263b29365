// Ground floor: the one error type that may reach a caller, and the closed set of its codes.
// Not here: what a code looks like on a wire; HTTP and each dialect own a table for that.

/** Every reason for which the relay refuses a caller. README documents each; clients read these and no sentences. */
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
  | 'too_many'
  | 'unavailable'
  | 'internal';

/** Optional facts of a {@link RelayError}. `retryAfter` is in seconds. */
export interface RelayErrorOptions {
  cause?: unknown;
  retryAfter?: number;
}

/**
 * The caller's mistake, thrown. The message is safe to show and says what was expected.
 * Anything else that is thrown is a bug of the server: logged, and answered without its text.
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
