// The paths of ntfy: below the root as long as no other dialect has them, and below /ntfy always.
import { readAccept } from '../kit/accept.ts';
import { isForeignNavigation, isSpeculative } from '../kit/guards.ts';
import type { Answer, HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import type { Route } from '../kit/route.ts';
import { type Account, createAccount, createStats } from './account.ts';
import { type Publisher, requestBody, textBody } from './body.ts';
import { callerOf, mayUse, refuseForeign } from './caller.ts';
import { NtfyError } from './errors.ts';
import { type Fields, readFields, readJsonFields, readJsonTopic } from './fields.ts';
import { type ListenParts, readListening, topicsIn } from './listen-request.ts';
import { randomId } from './listening.ts';
import { jsonLine, toNtfy } from './message.ts';
import { readYes } from './parameters.ts';
import type { NtfyPorts, NtfySections } from './ports.ts';
import { createPublishing } from './publish.ts';
import { formOf, streamAnswer } from './stream.ts';
import { isTopic, isUnifiedPush } from './topics.ts';
import { isWebPush, readMatrix } from './unified-push.ts';

/** The prefix of paths that no other dialect can have. */
export const PREFIX = '/ntfy';
/** Above the routes of dialects whose paths may begin with any name. */
const PREFIX_RANK = 1;
/** Below all routes but those of mpush that take every path. */
const RANK = -3;

const SENDS: ReadonlySet<string> = new Set(['publish', 'send', 'trigger']);
const CLEARS: ReadonlySet<string> = new Set(['clear', 'read']);
const MATRIX = '/_matrix/push/v1/notify';
/** Preflights of pages. A wildcard does not include the header with the credential. */
const PREFLIGHT: HttpAnswer = {
  status: 200,
  headers: {
    'access-control-allow-methods': 'GET, PUT, POST, PATCH, DELETE',
    'access-control-allow-headers': '*, authorization',
    'access-control-max-age': '600',
  },
  body: '',
};
/** The most bytes of a message of UnifiedPush: what Web Push allows. */
const MAX_MATRIX = 4096;

/** Creates the routes. */
export function ntfyRoutes(ports: NtfyPorts, config: NtfySections, parts: ListenParts): Route[] {
  const { kept, pushTopics, tells } = parts;
  const stats = createStats(ports);
  const account: Account = createAccount(ports, config, stats, kept);
  const publishing = createPublishing(ports, config, stats.count);
  const { messageSizeLimit } = config.ntfy;
  const { historyTtl } = config.storage;
  // A page needs a key of its own. Where none is needed, the config says whether pages of other sites may send.
  const allowsPages = config.http.verifyToken || config.http.cors;

  function setHeaders({ answerHeaders }: HttpRequest): void {
    answerHeaders['cache-control'] = 'no-store';
    if (allowsPages) answerHeaders['access-control-allow-origin'] = '*';
  }

  /** Checks the name of a topic. @throws NtfyError 40010 */
  function requireFree(topic: string): void {
    if (kept.has(topic)) throw new NtfyError(40010);
  }

  /** Who sends to a topic. @throws NtfyError unless the caller may */
  async function senderOf(request: HttpRequest, topic: string): Promise<Publisher> {
    const caller = await callerOf(request, ports);
    const publisher = { request, caller };
    await publishing.requireSend(publisher, topic);
    refuseForeign(caller, request, ports);
    return publisher;
  }

  /** Who publishes: also a stranger, to a topic of UnifiedPush. Such a one sends nothing but short texts. */
  async function publisherOf(request: HttpRequest, topic: string): Promise<Publisher & { readonly isPush: boolean }> {
    if (isUnifiedPush(topic)) {
      const caller = await callerOf(request, ports);
      if (caller.kind === 'stranger' && !mayUse(caller, 'send', topic)) {
        if (!(await pushTopics.isListened(topic))) throw new NtfyError(50701);
        return { request, caller, isPush: true };
      }
    }
    return { ...(await senderOf(request, topic)), isPush: isWebPush(request) };
  }

  async function tellPoll({ topic, pollId }: Fields): Promise<HttpAnswer> {
    await ports.listeners.tell({ kind: 'poll', target: topic, data: { poll_id: pollId } });
    const time = Math.floor(ports.clock.now() / 1000);
    return jsonLine({ id: randomId(), time, event: 'poll_request', topic, message: 'New message', poll_id: pollId });
  }

  async function publish(request: HttpRequest, topic: string, sequence = ''): Promise<HttpAnswer> {
    const publisher = await publisherOf(request, topic);
    const read = readFields(request, topic, request.header('content-type'));
    const isPush = read.isUnifiedPush || publisher.isPush;
    const fields = { ...read, isUnifiedPush: isPush, sequence: sequence || read.sequence };
    if (fields.pollId !== '') return tellPoll(fields);
    return jsonLine(await publishing.publish(publisher, fields, requestBody(request)));
  }

  async function publishJson(request: HttpRequest): Promise<HttpAnswer> {
    const bytes = await request.peek(2 * messageSizeLimit);
    if (bytes === undefined) throw new NtfyError(41303);
    const { topic, object } = readJsonTopic(bytes);
    if (!isTopic(topic)) throw new NtfyError(40009);
    requireFree(topic);
    const publisher = await publisherOf(request, topic);
    const read = readJsonFields(object, request, topic);
    const fields = { ...read, isUnifiedPush: read.isUnifiedPush || publisher.isPush };
    return jsonLine(await publishing.publish(publisher, fields, textBody(fields.message)));
  }

  /** Refuses what a browser does without a person asking for it. */
  function requireAsked({ headers }: HttpRequest): void {
    if (isSpeculative(headers) || isForeignNavigation(headers)) throw new NtfyError(40301);
  }

  async function clear(request: HttpRequest, topic: string, key: string, isDelete: boolean): Promise<HttpAnswer> {
    await senderOf(request, topic);
    const { notice } = await ports.clear(topic, key, isDelete);
    if (notice === undefined) throw new NtfyError(42904);
    return jsonLine(toNtfy(notice, historyTtl));
  }

  async function listen(request: HttpRequest, topics: string, word: string): Promise<Answer> {
    const listening = await readListening(request, topics, ports, parts);
    const form = formOf(word);
    if (form === undefined) throw new NtfyError(40016);
    return streamAnswer(request, listening, form, tells, ports, config);
  }

  async function authorize(request: HttpRequest, topics: string): Promise<HttpAnswer> {
    await readListening(request, topics, ports, parts);
    return jsonLine({ success: true });
  }

  function answerRoot(request: HttpRequest): Promise<Answer> | Answer | undefined {
    const { method } = request;
    if (method === 'OPTIONS') return PREFLIGHT;
    return method === 'POST' || method === 'PUT' ? publishJson(request) : undefined;
  }

  function answerTopic(request: HttpRequest, topic: string): Promise<Answer> | Answer | undefined {
    const { method } = request;
    const isSend = method === 'POST' || method === 'PUT';
    if (!isTopic(topic) || request.path.endsWith('/')) {
      if (isSend) throw new NtfyError(40401);
      return undefined;
    }
    // Such paths are those of dialects with keys in them.
    if (ports.senderKeys.find(topic) !== undefined) return undefined;
    if (method === 'GET') {
      const asks = ['up', 'unifiedpush'].some((name) => readYes(request.parameter(name) ?? '', false));
      if (asks) return jsonLine({ unifiedpush: { version: 1 } });
      const isPage = !kept.has(topic) && readAccept(request.header('accept')).names('text/html');
      return isPage ? { status: 302, headers: { location: `${config.http.basePath}/` }, body: '' } : undefined;
    }
    if (method === 'OPTIONS') return kept.has(topic) ? undefined : PREFLIGHT;
    if (!isSend) return undefined;
    requireFree(topic);
    return publish(request, topic);
  }

  function answerWord(request: HttpRequest, topic: string, word: string): Promise<Answer> | Answer | undefined {
    const { method } = request;
    if (topicsIn(topic) === undefined || ports.senderKeys.find(topic) !== undefined) return undefined;
    const isOne = isTopic(topic);
    if (method === 'OPTIONS') return kept.has(topic) ? undefined : PREFLIGHT;
    const isEnd = !request.path.endsWith('/');
    if (method === 'GET' || method === 'HEAD') {
      if (!isEnd) return undefined;
      if (formOf(word) !== undefined || word === 'ws') return listen(request, topic, word);
      if (word === 'auth') return authorize(request, topic);
      if (!isOne || method === 'HEAD' || !SENDS.has(word)) return undefined;
      requireAsked(request);
      requireFree(topic);
      return publish(request, topic);
    }
    if (!isOne || !['POST', 'PUT', 'DELETE'].includes(method)) return undefined;
    requireFree(topic);
    if (!isEnd || !isTopic(word)) throw new NtfyError(40401);
    return method === 'DELETE' ? clear(request, topic, word, true) : publish(request, topic, word);
  }

  function answerSequence(
    request: HttpRequest,
    topic: string,
    sequence: string,
    word: string,
  ): Promise<Answer> | Answer | undefined {
    const { method } = request;
    if (!isTopic(topic) || !isTopic(sequence) || request.path.endsWith('/')) return undefined;
    const clears = CLEARS.has(word);
    if (!clears && word !== 'delete') return undefined;
    if (method === 'OPTIONS') return kept.has(topic) ? undefined : PREFLIGHT;
    if (method !== 'GET' && !(clears && method === 'PUT')) {
      if (method === 'POST') throw new NtfyError(40401);
      return undefined;
    }
    if (method === 'GET') requireAsked(request);
    requireFree(topic);
    return clear(request, topic, sequence, !clears);
  }

  async function answerMatrix(request: HttpRequest): Promise<HttpAnswer> {
    const bytes = await request.peek(MAX_MATRIX);
    if (bytes === undefined) throw new NtfyError(41302);
    const base = ports.publicUrl(request);
    const { pushkey, topic } = readMatrix(bytes, [base + PREFIX, base]);
    if (topic === undefined || kept.has(topic)) return jsonLine({ rejected: [pushkey] });
    const publisher = await publisherOf(request, topic);
    const read = readFields(request, topic, '');
    await publishing.publish(publisher, { ...read, isUnifiedPush: true }, requestBody(request));
    return jsonLine({ rejected: [] });
  }

  /** ntfy's server redirects to the same path without double slashes, which come from addresses that end with one. */
  function redirect({ path, querystring }: HttpRequest, prefix: string): HttpAnswer | undefined {
    const single = path.replace(/\/{2,}/g, '/');
    const [topics = '', ...words] = single.slice(prefix.length + 1).split('/');
    if (single === path || topicsIn(topics) === undefined || kept.has(topics) || !words.every(isTopic))
      return undefined;
    const location = `${config.http.basePath}${single}${querystring === '' ? '' : `?${querystring}`}`;
    return { status: 307, headers: { location }, body: '' };
  }

  type Answers = (request: HttpRequest) => Promise<Answer> | Answer;

  /** Calls with a path of their own, by method. */
  function fixed(pattern: string, answers: Readonly<Record<string, Answers>>, rank: number): Route {
    return {
      method: '*',
      pattern,
      limit: 0,
      rank,
      async answer(request) {
        setHeaders(request);
        if (request.method === 'OPTIONS') return PREFLIGHT;
        const answer = answers[request.method];
        if (answer === undefined) throw new NtfyError(40401);
        // Wrong credentials are refused everywhere.
        await callerOf(request, ports);
        return answer(request);
      },
    };
  }

  function below(prefix: string, rank: number, fixedRank: number): Route[] {
    const dispatched = (
      pattern: string,
      answer: (request: HttpRequest, params: readonly string[]) => Promise<Answer> | Answer | undefined,
    ): Route => ({
      method: '*',
      pattern,
      limit: 0,
      rank,
      fast: true,
      answer(request, params) {
        setHeaders(request);
        return answer(request, params);
      },
    });
    const refuse: Answers = () => {
      throw new NtfyError(40401);
    };
    const notAdmin: Answers = () => {
      throw new NtfyError(40101);
    };
    return [
      fixed(`${prefix}/v1/health`, { GET: account.health }, fixedRank),
      fixed(`${prefix}/v1/stats`, { GET: account.stats }, fixedRank),
      fixed(`${prefix}/v1/config`, { GET: account.config }, fixedRank),
      // Only ntfy.sh sells plans.
      fixed(`${prefix}/v1/tiers`, { GET: refuse }, fixedRank),
      fixed(`${prefix}/config.js`, { GET: account.script }, fixedRank),
      fixed(`${prefix}/v1/account`, { GET: account.account }, fixedRank),
      fixed(
        `${prefix}/v1/account/token`,
        { POST: account.makeToken, PATCH: account.extendToken, DELETE: account.removeToken },
        fixedRank,
      ),
      // Only admins may know the version of an ntfy server.
      fixed(`${prefix}/v1/version`, { GET: notAdmin }, fixedRank),
      fixed(`${prefix}/v1/webpush`, { POST: refuse, DELETE: refuse }, fixedRank),
      {
        method: '*',
        pattern: `${prefix}${MATRIX}`,
        limit: 0,
        rank: fixedRank,
        answer(request) {
          if (request.method === 'GET') return jsonLine({ unifiedpush: { gateway: 'matrix' } });
          if (request.method !== 'POST') throw new NtfyError(40401);
          return answerMatrix(request);
        },
      },
      dispatched(prefix === '' ? '/' : prefix, (request) => answerRoot(request)),
      dispatched(`${prefix}/:topic`, (request, [topic = '']) => answerTopic(request, topic)),
      dispatched(`${prefix}/:topic/:word`, (request, [topic = '', word = '']) => answerWord(request, topic, word)),
      dispatched(`${prefix}/:topic/:sequence/:word`, (request, [topic = '', sequence = '', word = '']) =>
        answerSequence(request, topic, sequence, word),
      ),
      dispatched(prefix === '' ? '*' : `${prefix}/*`, (request) => {
        const answer = redirect(request, prefix);
        // Below the prefix there is no other dialect.
        if (answer === undefined && prefix !== '') throw new NtfyError(40401);
        return answer;
      }),
    ];
  }

  return [...below('', RANK, 0), ...below(PREFIX, PREFIX_RANK, PREFIX_RANK)];
}
