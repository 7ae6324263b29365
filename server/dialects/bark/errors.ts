// Bark's replies: the status stands in the body too, and senders read one or the other.
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { refusalHead } from '../kit/errors.ts';
import type { HttpAnswer } from '../kit/http-message.ts';

/** What every sender looks for. */
export interface BarkReply {
  readonly code: number;
  readonly message: string;
}

const SUCCESS: BarkReply = { code: 200, message: 'success' };

/** An answer in Bark's form. @param data what follows the message */
export function barkAnswer(
  clock: Clock,
  { code, message }: BarkReply = SUCCESS,
  data?: unknown,
  headers: HttpAnswer['headers'] = {},
): HttpAnswer {
  const timestamp = Math.floor(clock.now() / 1000);
  const body = JSON.stringify({ code, message, ...(data === undefined ? {} : { data }), timestamp });
  return { status: code, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** The refusal of what is no key. */
export function unknownKey(shown: string, cause?: unknown): RelayError {
  const text = `failed to get [${shown.slice(0, 100)}] device token from database`;
  return new RelayError('invalid', text, { cause });
}

/** The status for an error. Bark's senders expect 400 for everything that is wrong with the key. */
export function replyOf(error: RelayError, key: string): BarkReply {
  const { status } = refusalHead(error);
  const { code, message } = error;
  const token = (text: string) => ({ code: 400, message: `failed to get device token: ${text}` });
  if (code === 'unauthorized' || code === 'revoked') {
    return key === '' ? { code: 400, message: 'device key is empty' } : token(unknownKey(key).message);
  }
  return code === 'not_found' || code === 'forbidden' ? token(message) : { code: status, message };
}
