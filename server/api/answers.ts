// Routes for questions: list them, answer, withdraw, and follow one until it is settled.

import { z } from 'zod';
import type { Acknowledged, AnswerInfo, AnswerList, LateAnswer } from '../../shared/api.ts';
import { type Principal, senderOf } from '../access/principal.ts';
import { RelayError } from '../base/errors.ts';
import { readAccept } from '../dialects/kit/accept.ts';
import { readCaller } from '../dialects/kit/caller.ts';
import { HTTP_STATUS } from '../dialects/kit/errors.ts';
import { type Answer, type HttpRequest, json } from '../dialects/kit/http-message.ts';
import type { LiveStream } from '../dialects/kit/live-stream.ts';
import { type Answerer, isRecipient, lateError } from '../messages/answer-state.ts';
import type { KnownQuestion } from '../messages/answers.ts';
import { API } from './access.ts';
import { readFlag, readJsonBody, readNumber, route } from './json-routes.ts';
import type { ApiConfig, ApiPorts } from './ports.ts';
import { type ApiRoute, flag, paging } from './route-spec.ts';
import { acknowledged, answerInfo, answerList, lateAnswer } from './schemas/life.ts';

const MAX_PAGE = 1000;
const DEFAULT_PAGE = 100;

const late = { 409: lateAnswer, 410: lateAnswer };
const LIST = {
  summary: 'Questions, the latest first.',
  callers: 'token, device, sender',
  query: { ...paging, open: flag.describe('1: only those that wait for an answer.') },
  answers: { 200: answerList },
};
const READ = {
  summary:
    'One question, by its id or a message of it. With "Accept: text/event-stream" it is followed until it is settled.',
  callers: 'token, device, sender',
  answers: { 200: answerInfo },
  events: { answer: answerInfo },
};
const ANSWER = {
  summary: 'Answers a question. 409 if somebody else was first, 410 if it is over.',
  callers: 'token, device that receives it, key with receive',
  body: z.looseObject({ answer: z.unknown().optional().describe('A text: one of the options, if it has any.') }),
  answers: { 200: answerInfo, ...late },
};
const ACKNOWLEDGE = {
  summary: 'Acknowledges an emergency, by any of its messages.',
  callers: 'token, device',
  body: z.looseObject({ device: z.string().optional().describe("With the relay's token: for which device.") }),
  answers: { 200: acknowledged, ...late },
};
const WITHDRAW = {
  summary: 'Withdraws a question.',
  callers: 'token, sender',
  answers: { 200: answerInfo, 409: lateAnswer },
};

/** Creates the routes for questions. */
export function answersRoutes(ports: ApiPorts, { streams: { keepalive } }: ApiConfig): ApiRoute[] {
  const { answers, access, foreignPages, devices, streams, streamPlaces, watchCaller } = ports;

  /** The caller. Where strangers may send, they may ask, too. */
  async function callerOf(request: HttpRequest): Promise<Principal> {
    const caller = await readCaller(request, access, { dialect: API, inQuery: 'none' });
    if (caller.kind !== 'stranger') return caller;
    if (!caller.may('send')) throw new RelayError('unauthorized', 'expected the token in the authorization header');
    const foreign = foreignPages.refusalOf(request.headers);
    if (foreign !== undefined) throw foreign;
    return caller;
  }

  /** Whether the caller receives the messages of the question, and may therefore answer it. */
  function mayAnswer(caller: Principal, info: AnswerInfo): boolean {
    if (caller.isOwner) return true;
    if (caller.kind === 'key')
      return [info.target, ...(info.escalated ?? [])].some((one) => caller.may('receive', one));
    if (caller.kind === 'stranger' || !caller.may('read', caller.name)) return false;
    return isRecipient({ name: caller.name, groups: devices.get(caller.name)?.groups ?? [] }, info);
  }

  /** Whether the caller asked the question, and may therefore withdraw it. */
  function mayCancel(caller: Principal, { sender }: KnownQuestion): boolean {
    return caller.may('manage') || (caller.may('send') && senderOf(caller) === sender);
  }

  const maySee = (caller: Principal, known: KnownQuestion) => mayCancel(caller, known) || mayAnswer(caller, known.info);

  /** The device for which someone with the relay's token acknowledges. */
  function deviceNamed(given: unknown, caller: Principal, question: AnswerInfo): Answerer {
    if (!caller.isOwner && given !== caller.name) {
      throw new RelayError('forbidden', "only the relay's token may acknowledge for a device");
    }
    const device = typeof given === 'string' ? devices.get(given) : undefined;
    if (device === undefined) throw new RelayError('invalid', 'device must be the name of a device');
    const { name } = device;
    if (!isRecipient(device, question)) throw new RelayError('invalid', `${name} did not get this message`);
    return { name, id: senderOf({ kind: 'device', name }) };
  }

  const unknown = (id: string) => new RelayError('not_found', `no question ${id.slice(0, 50)} is kept`);

  /** A stranger must know the id. No one can guess an id, but anybody can guess a mid. */
  async function find(caller: Principal, id: string): Promise<KnownQuestion> {
    const known = await answers.get(id);
    const isHidden = caller.kind === 'stranger' && known?.info.id !== id;
    if (known === undefined || isHidden || !maySee(caller, known)) throw unknown(id);
    return known;
  }

  /** The refusal of what comes too late, with the question as it is. */
  function tooLate(outcome: 'late' | 'over', info: AnswerInfo) {
    const { message: error, code } = lateError(outcome, info);
    return json({ ...info, error, code: code as LateAnswer['code'] } satisfies LateAnswer, HTTP_STATUS[code]);
  }

  /** Never rejects. */
  async function tell(stream: LiveStream, caller: Principal, info: AnswerInfo): Promise<void> {
    try {
      await caller.proof?.();
    } catch {
      stream.cut();
      return;
    }
    stream.write(`event: answer\ndata: ${JSON.stringify(info)}\n\n`);
    if (info.state !== 'open') stream.finish();
  }

  /** Server-sent events: the question after each change, until it is settled. */
  function followed(request: HttpRequest, caller: Principal, id: string): Answer {
    const free = streamPlaces.take(request.ip);
    let stop = () => {};
    let unwatch = () => {};
    return streams.live({
      contentType: 'text/event-stream; charset=utf-8',
      keepalive,
      sign: () => ': keepalive\n\n',
      run(stream) {
        unwatch = watchCaller(caller, () => stream.cut());
        stop = answers.follow(id, (info) => void tell(stream, caller, info));
      },
      ended() {
        stop();
        unwatch();
        free();
      },
    });
  }

  return [
    route('GET', '/v1/answers', LIST, async (request) => {
      const caller = await callerOf(request);
      if (caller.kind === 'stranger')
        throw new RelayError('unauthorized', 'expected a token: the list has the questions of all');
      const limit = readNumber(request, 'limit', DEFAULT_PAGE, MAX_PAGE);
      if (limit === 0) throw new RelayError('invalid', `limit must be a whole number from 1 to ${MAX_PAGE}`);
      const [target, after] = ['target', 'after'].map((name) => request.parameter(name));
      const open = readFlag(request, 'open');
      const { questions, cursor } = await answers.list(open, { limit, ...(after === undefined ? {} : { after }) });
      const isWanted = (known: KnownQuestion) =>
        (target === undefined || known.info.target === target) && maySee(caller, known);
      return json({
        answers: questions.filter(isWanted).map(({ info }) => info),
        ...(cursor === undefined ? {} : { cursor }),
      } satisfies AnswerList);
    }),
    route('GET', '/v1/answers/:id', READ, async (request, [asked = '']) => {
      const caller = await callerOf(request);
      const { info } = await find(caller, asked);
      const wantsEvents = readAccept(request.header('accept')).names('text/event-stream');
      return wantsEvents ? followed(request, caller, info.id) : json(info satisfies AnswerInfo);
    }),
    route('POST', '/v1/answers/:id', ANSWER, async (request, [asked = '']) => {
      const caller = await callerOf(request);
      const { info } = await find(caller, asked);
      if (!mayAnswer(caller, info)) throw new RelayError('forbidden', 'only who receives a question may answer it');
      const taken = await answers.answer(info.id, (await readJsonBody(request))['answer'], answererOf(caller));
      if (taken === undefined) throw unknown(asked);
      const { outcome, info: after } = taken;
      return outcome === 'taken' ? json(after satisfies AnswerInfo) : tooLate(outcome, after);
    }),
    route('POST', '/v1/messages/:mid/acknowledge', ACKNOWLEDGE, async (request, [asked = '']) => {
      const caller = await callerOf(request);
      const { info } = await find(caller, asked);
      if (!mayAnswer(caller, info)) throw new RelayError('forbidden', 'only who receives a message may acknowledge it');
      if (info.kind !== 'acknowledge') {
        throw new RelayError('invalid', `expected an emergency; POST the answer to /v1/answers/${asked.slice(0, 50)}`);
      }
      const { device } = await readJsonBody(request);
      const by = device === undefined ? answererOf(caller) : deviceNamed(device, caller, info);
      const taken = await answers.answer(info.id, undefined, by);
      if (taken === undefined) throw unknown(asked);
      if (taken.outcome === 'over') return tooLate(taken.outcome, taken.info);
      return json({ acknowledged: true } satisfies Acknowledged);
    }),
    route('DELETE', '/v1/answers/:id', WITHDRAW, async (request, [asked = '']) => {
      const caller = await callerOf(request);
      const known = await find(caller, asked);
      if (!mayCancel(caller, known)) throw new RelayError('forbidden', 'only who asked a question may withdraw it');
      const after = await answers.cancel(known.info.id);
      if (after === undefined) throw unknown(asked);
      if (after.state === 'answered') return tooLate('late', after);
      return json(after satisfies AnswerInfo);
    }),
  ];
}

/** Who answers, by the credential of the request. */
function answererOf(caller: Principal): Answerer {
  return { name: caller.kind === 'owner' ? 'owner' : caller.name, id: senderOf(caller) };
}
