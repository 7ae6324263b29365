// Gotify's errors. Its programs show the description to people.
import { STATUS_CODES } from 'node:http';
import { RelayError } from '../../base/errors.ts';
import { refusalHead } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http-message.ts';

/** What the programs read of 401. */
const NOT_KNOWN = 'you need to provide a valid access token or user credentials to access this api';

/** The refusal of a caller that is unknown, or has the wrong kind of token. */
export function unknownCaller(cause?: unknown): RelayError {
  return new RelayError('unauthorized', NOT_KNOWN, { cause });
}

/** The refusal of a caller that is known, and may not do this. */
export function notAllowed(): RelayError {
  return new RelayError('forbidden', 'you are not allowed to access this api');
}

/** The refusal of a value. */
export function invalid(text: string, cause?: unknown): RelayError {
  return new RelayError('invalid', text, { cause });
}

/** An answer as Gotify writes it: JSON without a charset. */
export function gotifyJson(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** An error as Gotify writes it. */
export function errorAnswer(
  status: number,
  errorDescription: string,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return gotifyJson({ error: STATUS_CODES[status] ?? '', errorCode: status, errorDescription }, status, headers);
}

/** The answer to an error. */
export function failAsGotify(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  return errorAnswer(status, status === 401 ? NOT_KNOWN : error.message, headers);
}
