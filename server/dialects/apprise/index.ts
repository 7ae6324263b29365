// apprise-api: Apprise, Radarr and others send with a key as the configuration.
import { readBasic } from '../../access/credentials.ts';
import { isKeyForm } from '../../access/key-record.ts';
import { RelayError } from '../../base/errors.ts';
import type { RunningDialect } from '../dialect.ts';
import { readAccept } from '../kit/accept.ts';
import { isJsonType } from '../kit/body.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap, readAttachments, type SentFields } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections, keyContent } from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';

/** The sections of the config that the dialect reads. */
export interface AppriseSections extends KeySendSections {
  readonly apprise: { readonly enabled: boolean };
}

const ATTACHMENTS = ['attachments', 'attachment', 'attach'];
const USED: ReadonlySet<string> = new Set([
  ...['title', 'body', 'type', 'format', 'tag', 'tags', 'urls', 'key', 'wait'],
  ...ATTACHMENTS,
]);
/** What the types mean here. `info`, the default of Apprise, means nothing special. */
const TYPES: ReadonlyMap<string, { readonly tag: string; readonly priority?: number }> = new Map([
  ['success', { tag: 'white_check_mark' }],
  ['warning', { tag: 'warning', priority: 4 }],
  ['failure', { tag: 'x', priority: 4 }],
]);
/** How many relays a message may pass before this one. */
const MAX_RECURSION = 1;
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };

/** The key of a request: its last path segment, or a header or parameter of programs that cannot put it there. */
function keyOf(request: HttpRequest, [inPath]: readonly string[]): string {
  const [, scheme = '', shown = ''] = /^(basic|bearer) +(\S+)$/i.exec(request.header('authorization')) ?? [];
  const { user = '', password = '' } = (scheme.toLowerCase() === 'basic' ? readBasic(shown) : undefined) ?? {};
  const inHeader = scheme.toLowerCase() === 'bearer' ? shown : isKeyForm(password) ? password : user;
  return inPath || request.header('x-apprise-config-id') || request.parameter('key') || inHeader;
}

/** Whether the caller reads JSON, as the original decides it. */
function wantsJson(request: HttpRequest): boolean {
  const accepted = readAccept(request.header('accept'));
  return (
    accepted.names('application/json', 'text/json') ||
    (isJsonType(request.header('content-type')) && (request.header('accept') === '' || accepted.names('*/*')))
  );
}

/** The tags of a message. Texts are split at commas and blanks. */
function tagsOf(fields: FieldMap): string[] {
  const given = [...fields.all('tag'), ...fields.all('tags')].flat();
  return given.flatMap((one) => (typeof one === 'string' ? one.split(/[,\s]+/).filter(Boolean) : []));
}

function contentOf(sent: SentFields, owner: string) {
  const fields = new FieldMap(sent);
  const { image, files } = readAttachments(fields, ATTACHMENTS);
  const [title, body, format] = [fields.text('title'), fields.text('body'), fields.text('format')];
  const isEmpty = title.trim() === '' && body.trim() === '';
  if (isEmpty && image === undefined && files.length + sent.files.length === 0)
    throw new RelayError('invalid', 'body is required');
  const type = TYPES.get(fields.text('type').toLowerCase());
  const tags = [...tagsOf(fields), ...(type === undefined ? [] : [type.tag])];
  return keyContent({
    title: isEmpty ? owner : title,
    body,
    format: format === 'markdown' || format === 'html' ? format : 'text',
    extra: [...fields.others(USED), ['priority', type?.priority], ['image', image]],
    tags,
    files: [...sent.files, ...files],
  });
}

/** apprise-api. */
export const apprise = {
  name: 'apprise',
  paths: { socket: [] },
  create(ports: KeySendPorts, config: AppriseSections): RunningDialect | undefined {
    if (!config.apprise.enabled) return undefined;
    const sends = createKeySends('apprise', ports, config);

    async function notify(request: HttpRequest, params: readonly string[]): Promise<HttpAnswer> {
      // Two relays that name each other would send in a circle.
      if (Number(request.header('x-apprise-recursion-count')) > MAX_RECURSION) {
        throw new RelayError('method_not_allowed', 'recursion');
      }
      const key = keyOf(request, params);
      if (key === '') throw new RelayError('invalid', 'a key is needed: POST /notify/<key>');
      const caller = await sends.caller(request, key, '/notify/:key');
      await sends.send(request, caller, { content: contentOf(await sends.fields(request), caller.name) });
      if (wantsJson(request)) return json({ error: null, details: [] });
      return { status: 200, headers: TEXT, body: 'OK' };
    }

    function status(request: HttpRequest): HttpAnswer {
      if (!wantsJson(request)) return { status: 200, headers: TEXT, body: 'OK' };
      return json({ config_lock: true, attach_lock: true, status: { details: ['OK'] } });
    }

    return {
      routes: senderRoutes('/apprise', config.http.maxBody, [
        { paths: ['/notify', '/notify/:key'], methods: ['POST'], answer: notify },
        { paths: [], below: ['/status'], methods: ['GET'], answer: status },
      ]),
      fail(error) {
        const { status: code, headers } = refusalHead(error);
        // The original's status when it could not pass a message on.
        return json({ error: error.message }, error.code === 'not_found' ? 424 : code, headers);
      },
    };
  },
};
