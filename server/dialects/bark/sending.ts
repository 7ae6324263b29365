// One message of Bark: its key, its parameters, and the line of a reply about it.
import { statusName } from '../../../shared/status.ts';
import { RelayError } from '../../base/errors.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { createKeySends, defaultTarget, type KeyCaller, type KeySends } from '../kit/key-sends.ts';
import { type BarkReply, barkAnswer, replyOf } from './errors.ts';
import { barkContent, barkOptions } from './message.ts';
import { type BarkBody, type BarkParameters, mergeParameters } from './parameters.ts';
import type { BarkPorts, BarkSections } from './ports.ts';

/** The most keys of one request. */
const MAX_KEYS = 100;

/** Sends messages. */
export interface BarkSending {
  readonly sends: KeySends;
  /** The caller of a request whose path has the key. @throws RelayError with Bark's text */
  caller(request: HttpRequest, key: string): Promise<KeyCaller>;
  /** Sends one message, or takes one away. @returns what a waiting sender is told. @throws RelayError with Bark's text */
  send(request: HttpRequest, caller: KeyCaller, parameters: BarkParameters): Promise<object | undefined>;
  /** Answers `/push`, with the key or keys in the request. */
  push(request: HttpRequest, body: BarkBody): Promise<HttpAnswer>;
}

/** A refusal in Bark's words. */
export class BarkError extends RelayError {
  readonly reply: BarkReply;

  constructor(cause: RelayError, key: string) {
    const reply = replyOf(cause, key);
    super(cause.code, reply.message, {
      cause,
      ...(cause.retryAfter === undefined ? {} : { retryAfter: cause.retryAfter }),
    });
    this.reply = reply;
  }
}

/** Makes it. */
export function createBarkSending(ports: BarkPorts, config: BarkSections): BarkSending {
  const sends = createKeySends('bark', ports, config);

  async function inWords<T>(key: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw error instanceof RelayError && !(error instanceof BarkError) ? new BarkError(error, key) : error;
    }
  }

  /** Takes the messages of an id from the devices. */
  async function remove(request: HttpRequest, caller: KeyCaller, parameters: BarkParameters, id: string) {
    const to = defaultTarget(caller.key, ports.devices);
    const draft = { ...to, from: { method: 'http', name: '' } as const, content: barkContent(parameters, caller.key) };
    // The rights and the rate of the key count here too.
    await ports.admit(caller, draft, { dialect: 'bark', address: request.ip });
    await ports.clear(to.target, id, true);
    return undefined;
  }

  async function sendOne(request: HttpRequest, caller: KeyCaller, parameters: BarkParameters) {
    const id = parameters.get('id');
    if (id !== undefined && parameters.get('delete') === '1') return remove(request, caller, parameters, id);
    const content = barkContent(parameters, caller.key);
    const { mid, statuses } = await sends.send(request, caller, { content, options: barkOptions(parameters) });
    if (request.parameter('wait') === undefined) return undefined;
    const status = Object.fromEntries([...statuses].map(([name, one]) => [name, statusName(one, '2.1')]));
    return { mid, status };
  }

  const callerOf = (request: HttpRequest, key: string) =>
    inWords(key, () => sends.caller(request, key, `${request.method} /:key`));

  const send = (request: HttpRequest, caller: KeyCaller, parameters: BarkParameters) =>
    inWords('', () => sendOne(request, caller, parameters));

  async function line(request: HttpRequest, key: string, parameters: BarkParameters): Promise<object> {
    try {
      if (key === '') throw new RelayError('invalid', 'device key is empty');
      await send(request, await callerOf(request, key), parameters);
      return { code: 200, device_key: key };
    } catch (error) {
      if (!(error instanceof RelayError)) throw error;
      const { code, message } = error instanceof BarkError ? error.reply : replyOf(error, key);
      return { message, code, device_key: key };
    }
  }

  async function pushAll(request: HttpRequest, body: BarkBody, keys: readonly string[]): Promise<HttpAnswer> {
    if (keys.length === 0) throw new RelayError('invalid', 'device key is empty');
    if (keys.length > MAX_KEYS) {
      throw new RelayError('invalid', `batch push count exceeds the maximum limit: ${MAX_KEYS}`);
    }
    const parameters = mergeParameters(body, []);
    const lines: object[] = [];
    for (const key of keys) lines.push(await line(request, key, parameters));
    return barkAnswer(ports.clock, undefined, lines);
  }

  return {
    sends,
    caller: callerOf,
    send,
    async push(request, body) {
      const { keys } = body;
      if (typeof keys === 'string') {
        return pushAll(
          request,
          body,
          keys.split(',').flatMap((one) => one.trim() || []),
        );
      }
      if (Array.isArray(keys) && keys.every((one) => typeof one === 'string')) return pushAll(request, body, keys);
      if (keys !== undefined) throw new RelayError('invalid', 'invalid type for device_keys');
      const parameters = mergeParameters(body, []);
      const key = parameters.get('device_key') ?? '';
      if (key === '') throw new RelayError('invalid', 'device key is empty');
      return barkAnswer(ports.clock, undefined, await send(request, await callerOf(request, key), parameters));
    },
  };
}
