// Questions: `/<name or group>.ask` sends one, and is held open until someone answers.
import type { AnswerInfo } from '../../../shared/api.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { targetChannel } from '../../channel/relay-app.ts';
import type { Draft } from '../../delivery/message.ts';
import { attachmentOf, type Upload } from '../../messages/attachments/attachments.ts';
import { readAccept } from '../kit/accept.ts';
import { HTTP_STATUS, refusalHead } from '../kit/errors.ts';
import { isForeignNavigation } from '../kit/guards.ts';
import { type HttpAnswer, type HttpRequest, json, type WrittenAnswer } from '../kit/http-message.ts';
import { findTarget } from '../kit/resolve-target.ts';
import { readAsk, withoutAsk } from './ask-parameters.ts';
import { entranceOf } from './authorize.ts';
import { readSend } from './draft.ts';
import { optionsContext, withIdempotencyKey } from './options.ts';
import { info } from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { type Parameters, type PathTarget, readAskPath } from './query.ts';

/** Asks, and answers the request when someone has answered the question. */
export async function answerAsk(
  request: HttpRequest,
  ports: MpushPorts,
  config: MpushConfig,
  parameters: Parameters,
  caller: Principal,
  upload?: Upload,
): Promise<HttpAnswer | WrittenAnswer> {
  if (isForeignNavigation(request.headers)) throw new RelayError('forbidden', 'a link on another site asks nothing');
  const to = await targetOf(readAskPath(request.path), ports, caller);
  const { settings, wait, cancels } = readAsk(parameters, config);
  const baseUrl = ports.publicUrl(request);
  const attachment = upload === undefined ? undefined : attachmentOf(upload.file, baseUrl);
  const others: Parameters = withoutAsk(parameters);
  const read = readSend(to, others, undefined, optionsContext(ports, config, caller, request), attachment);
  const { timing, emergency, ...options } = withIdempotencyKey(read.options, request) ?? {};
  if (emergency !== undefined)
    throw new RelayError('invalid', 'a question is asked once: priority=emergency goes with .send and .group');
  if (timing !== undefined)
    throw new RelayError('invalid', 'a question cannot be sent later: leave out at, in and cron');
  const draft = await ports.admit(caller, read.draft, entranceOf(request));
  const free = wait === 0 ? undefined : ports.streamPlaces.take(request.ip);
  try {
    const question = await ports.ask(draft, settings, options, baseUrl, senderOf(caller));
    upload?.keep();
    if (free === undefined) return accepted(question, caller);
    const isJson = readAccept(request.header('accept')).names('application/json');
    // A caller with an idempotency key may come back with it.
    const withdraws = cancels ?? options.idempotency === undefined;
    return hold(question, { ports, caller, isJson, withdraws, free });
  } catch (error) {
    free?.();
    throw error;
  }
}

/**
 * A device, a group, or a name that someone listens to without being a device.
 * @throws RelayError `not_found` for any other name, `forbidden` if the caller may not send there and so may not learn of it
 */
async function targetOf(name: string, ports: MpushPorts, caller: Principal): Promise<PathTarget & Pick<Draft, 'feed'>> {
  const { channels, relayApp, devices } = ports;
  const found = findTarget(name, devices);
  if (!caller.may('send', found?.target ?? name)) {
    throw new RelayError('forbidden', `the key ${caller.name} may not send to ${name}`);
  }
  if (found !== undefined) return found;
  if ((await channels.subscriptionCount(relayApp, targetChannel(name))) > 0) {
    return { sendType: 'personal', target: name, feed: true };
  }
  throw new RelayError('not_found', `no device and no group is called ${name}`);
}

/** How a request is held open. */
interface Holding {
  readonly ports: Pick<MpushPorts, 'answers' | 'streams' | 'watchCaller' | 'logger'>;
  readonly caller: Principal;
  readonly isJson: boolean;
  /** Whether the question is withdrawn when the caller leaves. */
  readonly withdraws: boolean;
  /** Gives the place of the request back. */
  free(): void;
}

function hold({ id }: AnswerInfo, { ports, caller, isJson, withdraws, free }: Holding): WrittenAnswer {
  const { answers, streams, watchCaller, logger } = ports;
  return streams.held({
    spaced: isJson,
    async answer(signal) {
      const ended = new AbortController();
      const unwatch = watchCaller(caller, () => caller.proof?.().catch((error: unknown) => ended.abort(error)));
      try {
        const settled = await answers.wait(id, AbortSignal.any([signal, ended.signal]));
        if (settled !== undefined) {
          await caller.proof?.();
          return isJson ? jsonAnswer(settled) : textAnswer(settled);
        }
        if (withdraws && (signal.reason === 'gone' || ended.signal.aborted)) await answers.cancel(id);
        ended.signal.throwIfAborted();
      } catch (error) {
        // The key or the device of the caller has ended meanwhile.
        if (!signal.aborted && error instanceof RelayError) return { ...refusalHead(error), body: info(error.message) };
        // The question ends by itself when its time is over.
        logger.warn({ err: error, question: id }, 'a question was not withdrawn');
      } finally {
        unwatch();
        free();
      }
      // No one gets it: the caller has left.
      return textAnswer(undefined);
    },
  });
}

/** The answer to a caller that does not wait. Strangers need the id, because anybody can guess a mid. */
function accepted({ id, mids: [mid = ''] }: AnswerInfo, { kind }: Principal): HttpAnswer {
  return json({ mid, id, answer: `/v1/answers/${kind === 'stranger' ? id : mid}` }, 202);
}

/** The status of a settled question, and its code in mpush's header. */
function headOf(state: AnswerInfo['state']): Pick<HttpAnswer, 'status' | 'headers'> {
  if (state === 'answered') return { status: 200, headers: {} };
  const code = state === 'expired' ? 'timeout' : 'gone';
  return { status: HTTP_STATUS[code], headers: { 'x-error-code': code } };
}

/** The answer or else the default, on a line of its own; nothing if there is neither. */
function textAnswer(info: AnswerInfo | undefined): HttpAnswer {
  const { status, headers } = headOf(info?.state ?? 'cancelled');
  const line = info?.answer ?? info?.default;
  const body = line === undefined ? '' : `${line}\n`;
  return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** The same as an object. `state` says whether someone answered, because the status is 200 once white space was sent. */
function jsonAnswer({ id, state, answer, by, at, mids, default: preset }: AnswerInfo): HttpAnswer {
  const { status, headers } = headOf(state);
  const mid = mids[0] ?? '';
  return json({ answer: answer ?? preset ?? null, by: by ?? null, at: at ?? null, mid, id, state }, status, headers);
}
