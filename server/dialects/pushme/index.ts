// PushMe: its senders send to the root of the relay, with a key as the push_key.
import { RelayError } from '../../base/errors.ts';
import type { RunningDialect } from '../dialect.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap, readFields, type SentFields } from '../kit/fields.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections, keyContent } from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';

/** The sections of the config that the dialect reads. */
export interface PushMeSections extends KeySendSections {
  readonly pushme: { readonly enabled: boolean };
}

const KEY = 'push_key';
const USED: ReadonlySet<string> = new Set([KEY, 'title', 'content', 'type', 'wait']);
/** Below mpush's packets and above ntfy's messages, which come to the root too. */
const ROOT_RANK = -2.5;

/** What the marks before a title mean. Apprise writes the first four, PushMe's own programs the others. */
const MARKS: ReadonlyMap<string, { readonly tag?: string; readonly priority?: number }> = new Map([
  ['i', {}],
  ['+', { tag: 'white_check_mark' }],
  ['~', { tag: 'warning', priority: 4 }],
  ['!', { tag: 'x', priority: 4 }],
  ['s', { tag: 'white_check_mark' }],
  ['w', { tag: 'warning', priority: 4 }],
  ['f', { tag: 'x', priority: 4 }],
]);

function text(status: number, body: string, headers = {}): HttpAnswer {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body };
}

function contentOf(sent: SentFields) {
  const fields = new FieldMap(sent);
  const [given, body, type] = [fields.text('title'), fields.text('content'), fields.text('type')];
  if (given.trim() === '' && body.trim() === '') throw new RelayError('invalid', 'title or content is required');
  const [whole = '', letter = ''] = /^\s*\[(.)\]\s*/.exec(given) ?? [];
  const mark = MARKS.get(letter);
  const { tag, priority } = mark ?? {};
  return keyContent({
    title: mark === undefined ? given : given.slice(whole.length),
    body,
    format: type === 'markdown' || type === 'html' ? type : 'text',
    extra: [...fields.others(USED), ['priority', priority]],
    tags: tag === undefined ? [] : [tag],
    files: sent.files,
  });
}

/** PushMe. */
export const pushme = {
  name: 'pushme',
  paths: { socket: [] },
  create(ports: KeySendPorts, config: PushMeSections): RunningDialect | undefined {
    if (!config.pushme.enabled) return undefined;
    const { maxBody } = config.http;
    const sends = createKeySends('pushme', ports, config);

    /** Whether a request to the root is PushMe's. The body stays for the next reader. */
    async function isOurs(request: HttpRequest): Promise<boolean> {
      const isInQuery = new URLSearchParams(request.querystring).has(KEY);
      const lease = ports.bodyBudget.take(request.ip, request.headers['content-length'], maxBody);
      const bytes = await request.peek(lease.limit);
      // The route that answers counts its bytes.
      lease.refund();
      if (bytes === undefined || !(isInQuery || bytes.includes(KEY))) return isInQuery;
      const others = ['cmd', 'topic'];
      try {
        const fields = new FieldMap(await readFields(request, maxBody));
        return fields.all(KEY).length > 0 && others.every((name) => fields.all(name).length === 0);
      } catch (error) {
        if (!(error instanceof RelayError)) throw error;
        // It cannot be read. The dialect that it most likely belongs to refuses it, in its own format.
        return isInQuery || !others.some((name) => bytes.includes(`"${name}"`));
      }
    }

    async function send(request: HttpRequest): Promise<HttpAnswer> {
      const instead = sends.guard(request, [KEY]);
      if (instead !== undefined) return instead;
      const { caller, fields } = await sends.keyed(request, (sent) => [new FieldMap(sent).text(KEY)]);
      await sends.send(request, caller, { content: contentOf(fields) });
      // Senders compare the whole body with this word.
      return text(200, 'success');
    }

    return {
      routes: senderRoutes('/pushme', maxBody, [
        {
          paths: ['/'],
          below: [],
          methods: ['POST'],
          isShared: true,
          rank: ROOT_RANK,
          answer: async (request) => ((await isOurs(request)) ? send(request) : undefined),
        },
        { paths: [], below: [''], methods: ['GET', 'POST'], answer: send },
      ]),
      fail(error) {
        const { status, headers } = refusalHead(error);
        return text(status, error.message, headers);
      },
    };
  },
};
