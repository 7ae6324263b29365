// The message of a send that is no packet: what its parameters say, and what they say about the send itself.
import { readContent } from '../../../shared/content.ts';
import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import type { Draft } from '../../delivery/message.ts';
import { type Parameters, type PathTarget, single } from './query.ts';
import { isBlank, type Payload, wordsOf } from './words.ts';

/** Parameters about the send itself. All others that are not its words are the sender's `extra`. */
const OWN = new Set(['text', 'title', 'desp', 'token', 'wait', 'strict']);
const MAX_SENDER = 64;

/**
 * Makes the message. JSON may give an object called `extra`, whose keys go to `extra`; null or an array there is nothing, as
 * in a packet.
 * @param payload the JSON that the parameters came from; without words of ours it is titled by its own
 * @throws RelayError `invalid` without any text, or for a sender that is no name
 */
export function readDraft(to: PathTarget, parameters: Parameters, payload: Payload): Draft {
  const { text, desp, used } = wordsOf(parameters, payload);
  if (isBlank({ text, desp })) throw new RelayError('invalid', 'expected a text');
  const sender = readSender(parameters);
  const extra: [string, unknown][] = [];
  for (const [key, values] of parameters) {
    if (OWN.has(key) || used.has(key) || (key === 'from' && sender !== undefined)) continue;
    const value = values.length === 1 ? values[0] : values;
    if (key !== 'extra' || typeof value === 'string' || values.length > 1) extra.push([key, value]);
    else if (isObject(value)) extra.push(...Object.entries(value));
  }
  return {
    ...to,
    from: { method: 'http', name: sender ?? '' },
    // Unlike an assignment, fromEntries makes an own property of a key called __proto__.
    content: readContent({ text, desp, extra: Object.fromEntries(extra) }),
  };
}

/** Who the sender says it is; undefined where `from` is missing, or a monitor's own field. */
function readSender(parameters: Parameters): string | undefined {
  const name = single(parameters, 'from');
  if (name === undefined) return undefined;
  if (name.length > MAX_SENDER || /\p{Cc}/u.test(name)) {
    throw new RelayError('invalid', `from must be at most ${MAX_SENDER} characters, without control characters`);
  }
  return name;
}
