// Pushover's answers and errors. Senders read `status`, and index the texts in `errors`.
import { randomUUID } from 'node:crypto';
import { RelayError } from '../../base/errors.ts';
import { refusalHead } from '../kit/errors.ts';
import { type HttpAnswer, json } from '../kit/http-message.ts';

/** An answer to a call that was carried out. */
export function pushoverAnswer(facts: object): HttpAnswer {
  return json({ status: 1, ...facts, request: randomUUID() });
}

/** A refusal that names the parameter which is wrong. */
export class PushoverError extends RelayError {
  readonly field: string;
  readonly problem: string;

  /** @param problem such as `cannot be blank` @param text what people read; by default the field and the problem */
  constructor(field: string, problem: string, text = `${field} ${problem}`, code: 'invalid' | 'not_found' = 'invalid') {
    super(code, text);
    this.field = field;
    this.problem = problem;
  }
}

const NO_USER = 'user identifier is not a valid user, group, or subscribed user key';

/** The answer to an error. The word `user` with `invalid` makes monitors switch their integration off: it is only for a target that is gone. */
export function failAsPushover(error: RelayError): HttpAnswer {
  const { status, headers } = refusalHead(error);
  const refused = (facts: object, text: string, code = 400) =>
    json({ ...facts, errors: [text], status: 0, request: randomUUID() }, code, headers);
  if (error instanceof PushoverError) return refused({ [error.field]: error.problem }, error.message, status);
  const { code, message } = error;
  if (code === 'unauthorized' || code === 'revoked')
    return refused({ token: 'invalid' }, 'application token is invalid');
  if (code === 'not_found') return refused({ user: 'invalid' }, NO_USER);
  if (code === 'forbidden') return refused({ token: 'is not allowed' }, message);
  return refused({}, message, status);
}

/** The answer to a call that this relay does not have. */
export function notSupported(): HttpAnswer {
  return json({ status: 0, errors: ['not supported'], request: randomUUID() }, 404);
}
