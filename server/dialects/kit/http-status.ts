// The HTTP status of every reason for a refusal; a new code does not compile until it has one.
import type { ErrorCode } from '../../base/errors.ts';

/** Status by error code, for the app and for every dialect that has no table of its own. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  invalid: 400,
  unauthorized: 401,
  revoked: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  timeout: 408,
  too_large: 413,
  unsupported_type: 415,
  too_many: 429,
  internal: 500,
  unavailable: 503,
};
