// PushDeer: its senders send with a key as the pushkey.
import { lastPart, safeWebLink } from '../../../shared/links.ts';
import { RelayError } from '../../base/errors.ts';
import type { RunningDialect } from '../dialect.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap, type SentFields } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections, keyContent } from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';

/** The sections of the config that the dialect reads. */
export interface PushDeerSections extends KeySendSections {
  readonly pushdeer: { readonly enabled: boolean };
}

/** One entry for each message. It is JSON in a text. */
const ENTRY = JSON.stringify({ counts: 1, logs: [], success: 'ok' });
const USED: ReadonlySet<string> = new Set(['pushkey', 'text', 'desp', 'type', 'wait']);
/** Numbers of PushDeer's errors. */
const [WRONG_KEY, OTHER] = [80403, 80501];

const refused = (status: number, code: number, error: string, headers = {}) => json({ code, error }, status, headers);

function contentOf(fields: FieldMap, { files }: SentFields) {
  const [given, desp, type] = ['text', 'desp', 'type'].map((name) => fields.text(name));
  const text = given ?? '';
  if (text.trim() === '') throw new RelayError('invalid', 'text is required');
  const others = fields.others(USED);
  if (type === 'image') {
    const address = safeWebLink(text);
    if (address === undefined) throw new RelayError('invalid', 'text must be the address of a picture');
    const title = desp === '' ? lastPart(address) : '';
    return keyContent({ title, body: desp ?? '', extra: [...others, ['image', address], ['click', address]], files });
  }
  const isPlain = type === 'text';
  // The marks of a heading are of no use in a title.
  const title = isPlain ? text : text.replace(/^\s*#+\s+/, '');
  const isLong = title.trim().includes('\n');
  return keyContent({
    title: isLong ? '' : title,
    body: isLong ? [title, desp].filter(Boolean).join('\n\n') : (desp ?? ''),
    format: isPlain ? 'text' : 'markdown',
    extra: others,
    files,
  });
}

/** PushDeer. */
export const pushdeer = {
  name: 'pushdeer',
  paths: { socket: [] },
  create(ports: KeySendPorts, config: PushDeerSections): RunningDialect | undefined {
    if (!config.pushdeer.enabled) return undefined;
    const sends = createKeySends('pushdeer', ports, config);

    async function push(request: HttpRequest): Promise<HttpAnswer> {
      const instead = sends.guard(request, ['pushkey']);
      if (instead !== undefined) return instead;
      const { callers, fields } = await sends.keyed(request, (sent) =>
        new FieldMap(sent)
          .text('pushkey')
          .split(',')
          .map((one) => one.trim()),
      );
      const content = contentOf(new FieldMap(fields), fields);
      const result: string[] = [];
      let failure: unknown;
      for (const caller of callers) {
        try {
          await sends.send(request, caller, { content });
          result.push(ENTRY);
        } catch (error) {
          failure ??= error;
        }
      }
      if (result.length === 0) throw failure;
      return json({ code: 0, content: { result } });
    }

    return {
      routes: senderRoutes('/pushdeer', config.http.maxBody, [
        { paths: ['/message/push'], methods: ['GET', 'POST'], answer: push },
        {
          paths: ['/message/list'],
          below: ['/*'],
          methods: ['GET', 'POST'],
          answer: () => refused(404, OTHER, 'not supported'),
        },
      ]),
      fail(error) {
        const { status, headers } = refusalHead(error);
        const isKey = ['unauthorized', 'revoked', 'forbidden'].includes(error.code);
        return refused(status, isKey ? WRONG_KEY : OTHER, error.message, headers);
      },
    };
  },
};
