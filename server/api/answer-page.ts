// `/a/<token>`: the address in a message by which anybody who has it may answer its question. A GET shows a page with buttons and
// changes nothing, because programs fetch addresses on their own. A POST answers.

import type { AnswerInfo } from '../../shared/api.ts';
import { RelayError } from '../base/errors.ts';
import { readAccept } from '../dialects/kit/accept.ts';
import { HTTP_STATUS } from '../dialects/kit/errors.ts';
import { escapeHtml, htmlPage, PAGE_HEADERS } from '../dialects/kit/html.ts';
import type { HttpAnswer, HttpRequest } from '../dialects/kit/http-message.ts';
import { readParameters } from '../dialects/kit/parameters.ts';
import type { Route } from '../dialects/kit/route.ts';
import { lateError, settledText } from '../messages/answer-state.ts';
import type { ApiPorts } from './ports.ts';

const MAX_BODY = 16_384;
const MAX_SHOWN = 4000;

/** The texts of the page. */
const TEXTS = {
  en: {
    send: 'Answer',
    acknowledge: 'Acknowledge',
    label: 'Your answer',
    settled: (info: AnswerInfo) => settledText(info).replace(/^./, (letter) => letter.toUpperCase()),
    from: (name: string) => `From ${name}`,
  },
  zh: {
    send: '回答',
    acknowledge: '确认收到',
    label: '你的回答',
    settled: ({ state, kind, answer = '', by = '' }: AnswerInfo) => {
      if (state === 'expired') return '没有人及时回答';
      if (state === 'cancelled') return '提问已撤回';
      return kind === 'acknowledge' ? `${by} 已确认` : `${by} 已回答：${answer}`;
    },
    from: (name: string) => `来自 ${name}`,
  },
} as const;

/** The languages of a browser, the preferred first, decide between the two of the page. */
function languageOf(request: HttpRequest): keyof typeof TEXTS {
  return /^\s*zh\b/i.test(request.header('accept-language')) ? 'zh' : 'en';
}

/** Creates the routes of the address in messages. */
export function answerPageRoutes({ answers, log }: ApiPorts): Route[] {
  /** @throws RelayError `not_found` for an address that the relay did not make, or whose question is no longer kept */
  async function find(token: string): Promise<AnswerInfo> {
    const id = answers.idOfToken(token);
    const known = id === undefined ? undefined : await answers.get(id);
    if (known === undefined) throw new RelayError('not_found', 'there is no question at this address');
    return known.info;
  }

  async function page(request: HttpRequest, info: AnswerInfo, status: number): Promise<HttpAnswer> {
    const message = (await log.find(info.mids.at(-1) ?? ''))?.message.content;
    const text = message === undefined || message.title.trim() === '' ? '' : message.body.slice(0, MAX_SHOWN);
    return { status, headers: PAGE_HEADERS, body: pageOf(info, text, languageOf(request)) };
  }

  /** Pages of other sites may call it, as ntfy's does: the address is the credential. */
  function allowAll({ answerHeaders, headers }: HttpRequest): void {
    Object.assign(answerHeaders, { 'access-control-allow-origin': '*', 'cache-control': 'no-store' });
    const asked = headers['access-control-request-headers'];
    if (asked !== undefined) answerHeaders['access-control-allow-headers'] = String(asked);
  }

  const pattern = '/a/:token';
  return [
    {
      method: 'GET',
      pattern,
      limit: 0,
      answer: async (request, [token = '']) => page(request, await find(token), 200),
    },
    {
      method: 'POST',
      pattern,
      limit: MAX_BODY,
      async answer(request, [token = '']) {
        allowAll(request);
        const info = await find(token);
        const given = (await readParameters(request)).get('answer');
        const by = { name: info.target, id: `address/${info.id}` };
        const taken = await answers.answer(info.id, given ?? (info.kind === 'acknowledge' ? undefined : ''), by);
        if (taken === undefined) throw new RelayError('not_found', 'there is no question at this address');
        const { outcome, info: after } = taken;
        const status = outcome === 'taken' ? 200 : HTTP_STATUS[lateError(outcome, after).code];
        if (readAccept(request.header('accept')).names('text/html')) return page(request, after, status);
        const headers = { 'content-type': 'text/plain; charset=utf-8' };
        return { status, headers, body: `${settledText(after)}\n` };
      },
    },
    {
      method: '*',
      pattern,
      limit: 0,
      answer(request) {
        allowAll(request);
        if (request.method !== 'OPTIONS') throw new RelayError('method_not_allowed', 'expected GET or POST');
        return { status: 204, headers: { 'access-control-allow-methods': 'GET, POST' }, body: '' };
      },
    },
  ];
}

/** The page: the question, and what to press, or what became of it. */
function pageOf(info: AnswerInfo, text: string, lang: keyof typeof TEXTS): string {
  const t = TEXTS[lang];
  const lines = [info.from === '' ? '' : t.from(info.from), text].filter((line) => line !== '');
  const shown = lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
  const end = info.state === 'open' ? formOf(info, t) : `<p><strong>${escapeHtml(t.settled(info))}</strong></p>`;
  return htmlPage(info.title, `${shown}\n${end}`, lang);
}

function formOf({ kind, options = [] }: AnswerInfo, t: (typeof TEXTS)[keyof typeof TEXTS]): string {
  const button = (label: string, value?: string) =>
    `<button${value === undefined ? '' : ` name="answer" value="${escapeHtml(value)}"`}>${escapeHtml(label)}</button>`;
  const fields =
    kind === 'choice'
      ? options.map((option) => button(option, option)).join('')
      : kind === 'acknowledge'
        ? button(t.acknowledge)
        : `<textarea name="answer" required maxlength="1000" aria-label="${t.label}"></textarea>${button(t.send)}`;
  return `<form method="post" action="?">${fields}</form>`;
}
