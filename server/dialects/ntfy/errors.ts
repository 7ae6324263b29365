// ntfy's errors: a number whose first three digits are the status, and a text. Its programs read both.
import { type ErrorCode, RelayError } from '../../base/errors.ts';
import { HTTP_STATUS, refusalHead } from '../kit/errors.ts';
import { type HttpAnswer, json } from '../kit/http-message.ts';

const DOCS = 'https://ntfy.sh/docs/';
const PUBLISH = `${DOCS}publish/`;
const TEMPLATES = `${PUBLISH}#message-templating`;
const DELAY = `${PUBLISH}#scheduled-delivery`;
const LIMITS = `${PUBLISH}#limitations`;
const ACCESS = `${PUBLISH}#authentication`;
const JSON_BODY = `${PUBLISH}#publish-as-json`;

/** The text of each number, and where ntfy explains it. */
const ERRORS = {
  40001: ['e-mail notifications are not enabled', `${DOCS}config/#e-mail-notifications`],
  40002: ['cannot disable cache for delayed message'],
  40003: ['delayed e-mail notifications are not supported'],
  40004: ['invalid delay parameter: unable to parse delay', DELAY],
  40005: ['invalid delay parameter: too small, please refer to the docs', DELAY],
  40006: ['invalid delay parameter: too large, please refer to the docs', DELAY],
  40007: ['invalid priority parameter', `${PUBLISH}#message-priority`],
  40008: ['invalid since parameter', `${DOCS}subscribe/api/#fetch-cached-messages`],
  40009: ['invalid request: topic invalid'],
  40010: ['invalid request: topic name is not allowed'],
  40011: ['invalid request: message must be UTF-8 encoded'],
  40013: ['invalid request: attachment URL is invalid', `${PUBLISH}#attachments`],
  40014: ['invalid request: attachments not allowed', `${DOCS}config/#attachments`],
  40015: ['invalid request: attachment expiry before delayed delivery date', DELAY],
  40016: ['invalid request: client not using the websocket protocol', `${DOCS}subscribe/api/#websockets`],
  40018: ['invalid request: actions invalid', `${PUBLISH}#action-buttons`],
  40019: ['invalid request: Matrix JSON invalid', `${PUBLISH}#matrix-gateway`],
  40021: ['invalid request: icon URL is invalid', `${PUBLISH}#icons`],
  40024: ['invalid request: request body must be valid JSON', JSON_BODY],
  40032: ['invalid request: calling is disabled', `${DOCS}config/#phone-calls`],
  40037: ['invalid request: delayed call notifications are not supported'],
  40041: ['invalid request: message or title is too large after replacing template', TEMPLATES],
  40042: ['invalid request: message body must be JSON if templating is enabled', TEMPLATES],
  40043: ['invalid request: could not parse template', TEMPLATES],
  40044: ['invalid request: template contains disallowed functions, e.g. template, call, or define', TEMPLATES],
  40045: ['invalid request: template execution failed', TEMPLATES],
  40047: ['invalid request: template file not found', TEMPLATES],
  40049: ['invalid request: sequence ID invalid', `${PUBLISH}#updating-deleting-notifications`],
  40050: ['invalid request: invalid e-mail address', `${PUBLISH}#e-mail-notifications`],
  40055: ['invalid request: template execution timed out', TEMPLATES],
  40056: ['invalid request: template output is too large', TEMPLATES],
  40101: ['unauthorized', ACCESS],
  40301: ['forbidden', ACCESS],
  40401: ['page not found'],
  41301: ['attachment too large, or bandwidth limit reached', LIMITS],
  41302: ['Matrix request is larger than the max allowed length'],
  41303: ['JSON body too large', JSON_BODY],
  42901: ['limit reached: too many requests', LIMITS],
  42903: ['limit reached: too many active subscriptions', LIMITS],
  42904: ['limit reached: the total number of topics on the server has been reached, please contact the admin', LIMITS],
  42909: ['limit reached: too many auth failures', LIMITS],
  50001: ['internal server error'],
  50701: ['cannot publish to UnifiedPush topic without previously active subscriber'],
} as const satisfies Readonly<Record<number, readonly [text: string, link?: string]>>;

/** A number of an error. */
export type NtfyCode = keyof typeof ERRORS;

/** The code of the relay for each status. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'too_large',
  429: 'too_many',
  500: 'internal',
  507: 'unavailable',
};

/** A refusal with the number that ntfy has for it. */
export class NtfyError extends RelayError {
  readonly number: NtfyCode;

  /** @param reason what follows the text of the number */
  constructor(number: NtfyCode, reason = '', options: { readonly cause?: unknown; readonly retryAfter?: number } = {}) {
    super(
      CODES[Math.floor(number / 100)] ?? 'invalid',
      [ERRORS[number][0], reason].filter(Boolean).join('; '),
      options,
    );
    this.number = number;
  }
}

/** The numbers of refusals that other parts of the relay make. */
const OF_CODE: Partial<Readonly<Record<ErrorCode, NtfyCode>>> = {
  unauthorized: 40101,
  revoked: 40101,
  forbidden: 40301,
  not_found: 40401,
  method_not_allowed: 40401,
  too_large: 41301,
  too_many: 42901,
  internal: 50001,
};

/** The answer to an error. It has exactly these keys, because Home Assistant's client fails on others. */
export function failAsNtfy(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  const number = error instanceof NtfyError ? error.number : OF_CODE[error.code];
  if (number === undefined) {
    const { code, message } = error;
    return json({ code: HTTP_STATUS[code] * 100, http: status, error: message }, status, headers);
  }
  const http = Math.floor(number / 100);
  const link: string | undefined = ERRORS[number][1];
  const text = error instanceof NtfyError ? error.message : ERRORS[number][0];
  return json({ code: number, http, error: text, ...(link === undefined ? {} : { link }) }, http, {
    ...headers,
    'content-type': 'application/json',
  });
}
