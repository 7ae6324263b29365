// Serves the files of messages. Everyone who knows the address may read the file; nothing in it can act as a part of the relay.
import { RelayError } from '../base/errors.ts';
import type { Answer, HttpRequest } from '../dialects/kit/http-message.ts';
import type { Route } from '../dialects/kit/route.ts';
import type { Attachments, StoredFile } from '../messages/attachments/attachments.ts';
import { isInline } from '../messages/attachments/content-type.ts';
import { readFileId } from '../messages/attachments/file-name.ts';

/** Longest time in s for which a browser keeps a file, so that a removed one does not stay in caches for long. */
const MAX_AGE = 86_400;

/** A name as the header `Content-Disposition` takes it: in ASCII, and in UTF-8 by RFC 8187. */
function disposition({ name, type }: StoredFile): string {
  const ascii = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  return `${isInline(type) ? 'inline' : 'attachment'}; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}

function headersOf(file: StoredFile, now: number): Record<string, string> {
  const left = Math.max(0, Math.floor((file.expiresAt - now) / 1000));
  return {
    'content-type': file.type,
    'content-disposition': disposition(file),
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    // Apps and pages of other origins fetch files too. The address is the right to read them.
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'content-length, content-range, etag',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': `private, max-age=${Math.min(left, MAX_AGE)}, immutable`,
    'accept-ranges': 'bytes',
    etag: etagOf(file),
  };
}

const etagOf = ({ sha256 }: StoredFile) => `"${sha256.slice(0, 32)}"`;

/**
 * The part of a file that a request asks for: the first and the last byte. `undefined` for all of it, also if several parts
 * are asked for; `none` for a part behind its end.
 */
export function readRange(header: string, size: number): readonly [first: number, last: number] | 'none' | undefined {
  const [, from = '', to = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim()) ?? [];
  if (from === '' && to === '') return undefined;
  if (from === '') return Number(to) === 0 || size === 0 ? 'none' : [Math.max(0, size - Number(to)), size - 1];
  if (to !== '' && Number(to) < Number(from)) return undefined;
  return Number(from) >= size ? 'none' : [Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)];
}

function answerFile(file: StoredFile, request: HttpRequest, { read }: Attachments, now: number): Answer {
  const headers = headersOf(file, now);
  const etag = etagOf(file);
  const known = request.header('if-none-match');
  if (known === '*' || known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)) {
    return { status: 304, headers, body: '' };
  }
  const condition = request.header('if-range');
  const asked = condition === '' || condition === etag ? readRange(request.header('range'), file.size) : undefined;
  if (asked === 'none') {
    const { 'content-disposition': _, ...rest } = headers;
    return { status: 416, headers: { ...rest, 'content-range': `bytes */${file.size}` }, body: '' };
  }
  const [first, last] = asked ?? [0, file.size - 1];
  const range = asked === undefined ? {} : { 'content-range': `bytes ${first}-${last}/${file.size}` };
  const status = asked === undefined ? 200 : 206;
  const all = { ...headers, ...range, 'content-length': String(last - first + 1) };
  // A stream cannot be told to read no byte.
  if (file.size === 0) return { status, headers: headers, body: '' };
  return { status, headers: all, body: read(file.id, first, last) };
}

/** `GET /file/<id><ending>`. @param attachments undefined if the relay takes no files */
export function fileRoutes(attachments: Attachments | undefined, now: () => number): Route[] {
  return [
    {
      method: 'GET',
      pattern: '/file/*',
      limit: 0,
      async answer(request) {
        request.answerHeaders['cache-control'] = 'no-store';
        const id = readFileId(request.path.slice('/file/'.length));
        const file = id === undefined ? undefined : await attachments?.find(id);
        if (attachments === undefined || file === undefined) {
          throw new RelayError('not_found', 'there is no such file; it may have expired');
        }
        return answerFile(file, request, attachments, now());
      },
    },
  ];
}
