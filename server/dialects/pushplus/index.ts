// PushPlus: its senders send with a key as the token.
import { RelayError } from '../../base/errors.ts';
import type { RunningDialect } from '../dialect.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap, fieldText, type SentFields } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import {
  createKeySends,
  type KeyMessage,
  type KeySendPorts,
  type KeySendSections,
  keyContent,
} from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';

/** The sections of the config that the dialect reads. */
export interface PushPlusSections extends KeySendSections {
  readonly pushplus: { readonly enabled: boolean };
}

const USED: ReadonlySet<string> = new Set(['token', 'title', 'content', 'template', 'topic', 'wait']);
/** Numbers of PushPlus' errors, by the code of the error. */
const CODES: ReadonlyMap<RelayError['code'], number> = new Map([
  ['unauthorized', 401],
  ['revoked', 401],
  ['forbidden', 403],
  ['not_found', 600],
  ['too_many', 900],
]);
const OTHER = 999;
const FORMATS: ReadonlyMap<string, KeyMessage['format']> = new Map([
  ['txt', 'text'],
  ['markdown', 'markdown'],
  ['json', 'markdown'],
]);

function contentOf(sent: SentFields) {
  const fields = new FieldMap(sent);
  const template = fields.text('template').toLowerCase();
  const isJson = template === 'json';
  const content = isJson ? fieldText(fields.all('content')[0]) : fields.text('content');
  if (content.trim() === '') throw new RelayError('invalid', 'content is required');
  const topic = fields.text('topic');
  return keyContent({
    title: fields.text('title'),
    body: isJson ? `\`\`\`json\n${content}\n\`\`\`` : content,
    format: FORMATS.get(template) ?? 'html',
    extra: fields.others(USED),
    tags: topic === '' ? [] : [topic],
    files: sent.files,
  });
}

/** PushPlus. */
export const pushplus = {
  name: 'pushplus',
  paths: { socket: [] },
  create(ports: KeySendPorts, config: PushPlusSections): RunningDialect | undefined {
    if (!config.pushplus.enabled) return undefined;
    const sends = createKeySends('pushplus', ports, config);

    async function send(request: HttpRequest): Promise<HttpAnswer> {
      const instead = sends.guard(request, ['token']);
      if (instead !== undefined) return instead;
      const { caller, fields } = await sends.keyed(request, (sent) => [new FieldMap(sent).text('token')]);
      const { mid } = await sends.send(request, caller, { content: contentOf(fields) });
      return json({ code: 200, msg: '请求成功', data: mid, count: null });
    }

    return {
      routes: senderRoutes('/pushplus', config.http.maxBody, [
        { paths: ['/send'], methods: ['GET', 'POST'], answer: send },
      ]),
      fail(error) {
        const { status, headers } = refusalHead(error);
        return json({ code: CODES.get(error.code) ?? OTHER, msg: error.message, data: null }, status, headers);
      },
    };
  },
};
