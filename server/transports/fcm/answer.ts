// What an answer of FCM means for a delivery.
import { z } from 'zod';
import type { Outcome } from '../../delivery/ports.ts';

/** The wait in ms after a quota was used up, if FCM names none. Its documentation asks for a minute. */
const QUOTA_REST = 60_000;

const errorBody = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: z.string().catch(''),
    details: z
      .array(
        z.looseObject({
          errorCode: z.string().optional().catch(undefined),
          fieldViolations: z.array(z.looseObject({ field: z.string().catch('') })).catch([]),
        }),
      )
      .catch([]),
  }),
});

/** An answer that was not a success. */
export interface FailedAnswer {
  readonly status: number;
  readonly words: string;
  readonly after: number | undefined;
  readonly body: Buffer;
}

/** The outcome of a failed answer. `isOwnFault`: FCM does not accept the relay itself, which the operator must fix. */
export function readFailure({ status, words, after, body }: FailedAnswer): { outcome: Outcome; isOwnFault: boolean } {
  const error = readError(body);
  const codes = [error?.status, ...(error?.details.map(({ errorCode }) => errorCode) ?? [])].filter((code) => !!code);
  const reason = [words, ...new Set(codes)]
    .join(', ')
    .replace(/[^ -~]/g, '')
    .slice(0, 200);
  const rest = after === undefined ? {} : { after };
  const done = (outcome: Outcome, isOwnFault = false) => ({ outcome, isOwnFault });

  if (status === 404 || codes.includes('UNREGISTERED')) return done({ kind: 'gone', reason });
  if (status === 401 || status === 403) return done({ kind: 'retry', reason, ...rest }, true);
  if (status === 429 || codes.includes('QUOTA_EXCEEDED')) {
    return done({ kind: 'retry', reason, after: after ?? QUOTA_REST });
  }
  if (status === 400 && error !== undefined && isAboutToken(error)) return done({ kind: 'gone', reason });
  // A server that says when to try again has not refused the message.
  const isFinal = status >= 400 && status < 500 && status !== 408 && after === undefined;
  return done(isFinal ? { kind: 'refused', reason } : { kind: 'retry', reason, ...rest });
}

type FcmError = z.output<typeof errorBody>['error'];

function readError(body: Buffer): FcmError | undefined {
  try {
    return errorBody.safeParse(JSON.parse(body.toString())).data?.error;
  } catch {
    return undefined;
  }
}

/** Whether the error is about the token: a detail says so or, if FCM gives no details, the message does. */
function isAboutToken({ status, message, details }: FcmError): boolean {
  if (status !== 'INVALID_ARGUMENT') return false;
  const violations = details.flatMap(({ fieldViolations }) => fieldViolations);
  if (violations.length > 0) return violations.every(({ field }) => field === 'message.token');
  return /registration token/i.test(message);
}
