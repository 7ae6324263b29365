// Questions: `/<name or group>.ask` sends one, and is held open until somebody answers.

import type { AnswerInfo } from '../../../shared/api.ts';
import { areOptions } from '../../../shared/content.ts';
import { safeWebLink } from '../../../shared/links.ts';
import { type Principal, senderOf } from '../../access/principal.ts';
import { RelayError } from '../../base/errors.ts';
import { targetChannel } from '../../channel/relay-app.ts';
import type { Draft } from '../../delivery/message.ts';
import type { AskSettings } from '../../messages/ask.ts';
import { attachmentOf, type Upload } from '../../messages/attachments/attachments.ts';
import { readPeriod } from '../../messages/when.ts';
import { namesPrivateAddress } from '../../outbound/public-address.ts';
import { readAccept } from '../kit/accept.ts';
import { HTTP_STATUS, refusalHead } from '../kit/errors.ts';
import { isForeignNavigation } from '../kit/guards.ts';
import { type HttpAnswer, type HttpRequest, json, type WrittenAnswer } from '../kit/http-message.ts';
import { findTarget } from '../kit/resolve-target.ts';
import { entranceOf } from './authorize.ts';
import { readSend } from './draft.ts';
import { optionsContext, withIdempotencyKey } from './options.ts';
import { info } from './packets.ts';
import type { MpushConfig, MpushPorts } from './ports.ts';
import { type Parameters, type PathTarget, readAskPath, single, text } from './query.ts';

/** What a request asks for. */
interface ReadAsk {
  readonly settings: AskSettings;
  /** How long the request is held open, in ms; 0 if it is answered at once. */
  readonly wait: number;
  /** Whether the question is withdrawn when the caller leaves; undefined if the caller did not say. */
  readonly cancels: boolean | undefined;
}

const OWN: ReadonlySet<string> = new Set(['options', 'reply', 'default', 'cancel', 'callback', 'wait', 'ttl']);
const SECOND = 1000;
/** How long a request is held open by default. */
const PRESET_WAIT = 60 * SECOND;
/** How long a question stays open without a waiting request: by default, and at most. */
const PRESET_TTL = 3_600 * SECOND;
const MAX_TTL = 7 * 24 * 3_600 * SECOND;
const MAX_DEFAULT = 200;
const MAX_CALLBACK = 2048;

/** Asks, and answers the request when somebody has answered the question. */
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
  const others: Parameters = new Map([...parameters].filter(([name]) => !OWN.has(name)));
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
    // Whoever sends a key may come back with it.
    const withdraws = cancels ?? options.idempotency === undefined;
    return hold(question, { ports, caller, isJson, withdraws, free });
  } catch (error) {
    free?.();
    throw error;
  }
}

/**
 * A device, a group, or a name that somebody listens to without being a device.
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
      // Nobody gets it: the caller has left.
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

/** The same as an object. `state` says whether somebody answered, because the status is 200 once white space was sent. */
function jsonAnswer({ id, state, answer, by, at, mids, default: preset }: AnswerInfo): HttpAnswer {
  const { status, headers } = headOf(state);
  const mid = mids[0] ?? '';
  return json({ answer: answer ?? preset ?? null, by: by ?? null, at: at ?? null, mid, id, state }, status, headers);
}

/** Reads what is asked. @throws RelayError `invalid` */
function readAsk(parameters: Parameters, { answers: { maxWait, allowPrivateCallbacks } }: MpushConfig): ReadAsk {
  const wait = readSeconds(parameters, maxWait);
  const ttl = readTtl(parameters, wait);
  return {
    settings: {
      ...readKind(parameters),
      default: readDefault(parameters),
      callback: readCallback(parameters, allowPrivateCallbacks),
      openFor: wait === 0 ? ttl : wait,
    },
    wait,
    cancels: readCancel(parameters),
  };
}

function readKind(parameters: Parameters): Pick<AskSettings, 'kind' | 'options'> {
  const [options, reply] = ['options', 'reply'].map((name) => parameters.has(name));
  if (options === reply) throw wrong('expected options, such as options=yes,no, or reply=text');
  if (reply) {
    if (text(parameters, 'reply') !== 'text') throw wrong('reply must be text');
    return { kind: 'text' };
  }
  const values = parameters.get('options') ?? [];
  const given = readList(values.length === 1 ? values[0] : values);
  if (!areOptions(given)) {
    throw wrong('options must be 2 to 5 different texts of 1 to 40 characters, such as options=yes,no');
  }
  return { kind: 'choice', options: given };
}

/** A list, its JSON text, or text with commas. */
function readList(value: unknown): unknown {
  const isList = Array.isArray(value) || (typeof value === 'string' && value.trimStart().startsWith('['));
  if (!isList) return typeof value === 'string' ? value.split(',').map((option) => option.trim()) : undefined;
  return Array.isArray(value) ? value : parseList(String(value));
}

function parseList(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function readDefault(parameters: Parameters): string | undefined {
  if (!parameters.has('default')) return undefined;
  const preset = single(parameters, 'default');
  if (preset === undefined || preset.length > MAX_DEFAULT || /\p{Cc}|\p{Surrogate}/u.test(preset)) {
    throw wrong(`default must be a text of at most ${MAX_DEFAULT} characters, without control characters`);
  }
  return preset;
}

function readSeconds(parameters: Parameters, maxWait: number): number {
  if (!parameters.has('wait')) return Math.min(PRESET_WAIT, maxWait);
  const asked = text(parameters, 'wait');
  const wait = /^\d{1,6}$/.test(asked) ? Number(asked) * SECOND : Number.NaN;
  if (!(wait <= maxWait)) {
    throw wrong(`wait must be a whole number of seconds from 0 to ${Math.floor(maxWait / SECOND)} (answers.maxWait)`);
  }
  return wait;
}

function readTtl(parameters: Parameters, wait: number): number {
  if (!parameters.has('ttl')) return PRESET_TTL;
  if (wait > 0) throw wrong('ttl goes with wait=0; a question that is waited for is over after wait');
  const asked = text(parameters, 'ttl');
  const ttl = /^\d{1,9}$/.test(asked) ? Number(asked) * SECOND : readPeriod(asked);
  if (ttl === undefined || ttl < SECOND || ttl > MAX_TTL) {
    throw wrong('ttl must be seconds or a duration such as 2h, from 1 s to 7 days');
  }
  return ttl;
}

function readCancel(parameters: Parameters): boolean | undefined {
  if (!parameters.has('cancel')) return undefined;
  const asked = text(parameters, 'cancel');
  if (asked !== '0' && asked !== '1') throw wrong('cancel must be 0 or 1');
  return asked === '1';
}

function readCallback(parameters: Parameters, allowsPrivate: boolean): string | undefined {
  if (!parameters.has('callback')) return undefined;
  const link = safeWebLink(single(parameters, 'callback'));
  if (link === undefined || link.length > MAX_CALLBACK || !(allowsPrivate || /^https:/i.test(link))) {
    throw wrong(`callback must be an https address of at most ${MAX_CALLBACK} characters`);
  }
  if (!allowsPrivate && namesPrivateAddress(new URL(link))) {
    throw wrong('callback must be on the public internet (see answers.allowPrivateCallbacks)');
  }
  return link;
}

function wrong(message: string): RelayError {
  return new RelayError('invalid', message);
}
