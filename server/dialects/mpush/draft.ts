// Makes a message from the parameters of a send that is not a packet.
import { type Attachment, type Content, readContent } from '../../../shared/content.ts';
import { lastPart, safeLink } from '../../../shared/links.ts';
import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import type { Draft } from '../../delivery/message.ts';
import { EMERGENCY_NAMES } from '../../messages/emergency-options.ts';
import { type OptionsContext, readOptions, type SendOptions } from '../../messages/options.ts';
import { field } from './packets.ts';
import { type Parameters, type PathTarget, single } from './query.ts';
import { isBlank, type Payload, wordsOf } from './words.ts';

/** Parameters that stay out of `extra`: the title, the text, and the options of the send. */
const OWN = new Set(['text', 'title', 'desp', 'token', 'wait', 'strict']);
/** Parameters that a file replaces. */
const OF_FILE = new Set(['attachment', 'attach', 'filename']);
const MAX_SENDER = 64;

/** A message, and what the sender asked for beside it. */
export interface ReadSend {
  readonly draft: Draft;
  readonly options: SendOptions | undefined;
}

/**
 * Makes the message. If the parameter `extra` is an object, its keys go to `extra`. If it is null or an array, it is ignored,
 * as in a packet.
 * @param payload the JSON body. If it has none of mpush's fields, its own texts become the title and the text
 * @param file that came with the send. Its name is the text if there is no other
 * @throws RelayError `invalid` without any text, unless the state of a key changes; for a sender that is not a name; for a
 * wrong option or state
 */
export function readSend(
  to: PathTarget,
  parameters: Parameters,
  payload: Payload,
  context: OptionsContext,
  file?: Attachment,
): ReadSend {
  const words = wordsOf(parameters, payload);
  const { desp, isForeign = false } = words;
  const attachment = file ?? readAttach(parameters);
  const text = isBlank(words) ? (attachment?.name ?? attachment?.url ?? '') : words.text;
  const sender = readSender(parameters);
  const { options, used } = readOptions((name) => {
    const values = parameters.get(name) ?? (EMERGENCY_NAMES.has(name) ? nestedOf(parameters, name) : undefined);
    if (values === undefined || (isForeign && payload !== undefined && Object.hasOwn(payload, name))) return undefined;
    return values.length === 1 ? values[0] : values;
  }, context);
  const extra: [string, unknown][] = [];
  for (const [key, values] of parameters) {
    if (OWN.has(key) || words.used.has(key) || used.has(key) || (key === 'from' && sender !== undefined)) continue;
    if (attachment !== undefined && OF_FILE.has(key)) continue;
    const value = values.length === 1 ? values[0] : values;
    if (key !== 'extra' || typeof value === 'string' || values.length > 1) extra.push([key, value]);
    else if (isObject(value)) extra.push(...Object.entries(value));
  }
  if (attachment !== undefined) extra.push(['attachment', attachment]);
  // Unlike an assignment, fromEntries makes an own property of a key called __proto__.
  const content = readContent({ text, desp, extra: Object.fromEntries(extra) });
  if (isBlank({ text, desp }) && (content.key === undefined || content.state === undefined)) {
    throw new RelayError('invalid', 'expected a text in text or desp');
  }
  if (!isForeign) checkState(content);
  return { draft: { ...to, from: { method: 'http', name: sender ?? '' }, content }, options };
}

/**
 * Refuses a state that a key cannot have: the alert would fire without a word. Without a key it is an extra like others.
 * @throws RelayError `invalid`
 */
function checkState({ key, state, extra }: Content): void {
  if (key === undefined || state !== undefined || !Object.hasOwn(extra, 'state') || extra['state'] === '') return;
  throw new RelayError('invalid', 'beside a key, state must be firing, ok, resolved or info');
}

/** A field of the parameter `extra`, in a list; undefined if it has none. */
function nestedOf(parameters: Parameters, name: string): readonly unknown[] | undefined {
  const value = field(parameters.get('extra')?.at(-1), name);
  return value === undefined ? undefined : [value];
}

/** The address in `attach`, which the relay does not fetch. Undefined if it is none. */
function readAttach(parameters: Parameters): Attachment | undefined {
  const url = single(parameters, 'attach');
  if (url === undefined || !/^https?:/i.test(url) || safeLink(url) === undefined) return undefined;
  const name = single(parameters, 'filename') ?? lastPart(url);
  return name === '' ? { url } : { url, name };
}

/** The name in `from`. Undefined when it is missing or not text. In a monitor's JSON, `from` may be anything. */
function readSender(parameters: Parameters): string | undefined {
  const name = single(parameters, 'from');
  if (name === undefined) return undefined;
  if (name.length > MAX_SENDER || /\p{Cc}/u.test(name)) {
    throw new RelayError('invalid', `from must be at most ${MAX_SENDER} characters, without control characters`);
  }
  return name;
}
