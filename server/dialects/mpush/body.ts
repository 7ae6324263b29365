// The body of a POST or PUT, parsed by its content type.
import { RelayError } from '../../base/errors.ts';
import type { Upload } from '../../messages/attachments/attachments.ts';
import { decode, essenceOf, isJsonType, readForm } from '../kit/body.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { readFileForm, type TakesFiles } from './files.ts';
import { parseJson } from './packets.ts';
import { isSendPath } from './query.ts';

/** A parsed body: a JSON value, the pairs of a form, or plain text. */
export type Body =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'form'; readonly pairs: readonly (readonly [string, string])[]; readonly upload?: Upload }
  | { readonly kind: 'text'; readonly text: string };

/** What the JSON of a send looks like. */
const SEND_FORM = ' such as {"text": "hello"}';

/** The name of a field in front of its value. */
const FIELD = /^[\w.%[\]-]+=/;
/** Allows spaces in the name only if a later field is one of mpush's. Otherwise `1 + 1 = 2` would be a form. */
const FIELD_WITH_BLANKS = /^[\w.%[\] +-]+=[^&]*&(?:.*&)?(?:text|title|desp)=/s;

function isForm(text: string): boolean {
  return FIELD.test(text) || FIELD_WITH_BLANKS.test(text);
}

/**
 * Reads the body of a request. The caller discards an upload if the message is not sent.
 * @param limit most bytes, without those of a file
 * @throws RelayError `too_large`, `unsupported_type`, or `invalid` when the body does not match its content type
 */
export async function readBodyOf(request: HttpRequest, limit: number, files: TakesFiles): Promise<Body> {
  const type = request.headers['content-type'] ?? '';
  const essence = essenceOf(type);
  if (essence === 'multipart/form-data') return { kind: 'form', ...(await readFileForm(request, limit, files)) };
  const filename = isSendPath(request.path) ? request.parameter('filename') : undefined;
  if (filename !== undefined && !isJsonType(type)) {
    return { kind: 'form', pairs: [], upload: await files.take(request.stream(files.maxSize), filename) };
  }
  const bytes = await request.read(limit);
  const text = decode(bytes);
  if (isJsonType(type))
    return { kind: 'json', value: parseJson(text, isSendPath(request.path) ? SEND_FORM : undefined) };
  // `curl -d text` declares plain text as a form, and `curl -T` sends no type. So a form must begin with a field.
  const isUrlencoded = essence === 'application/x-www-form-urlencoded';
  if (isUrlencoded && isForm(text)) return { kind: 'form', pairs: readForm(text) };
  if (essence === '' || isUrlencoded || essence.startsWith('text/')) return { kind: 'text', text };
  throw unsupportedType(request);
}

/** The refusal of a body of an unknown type, with mpush's text. */
export function unsupportedType(request: HttpRequest): RelayError {
  const type = request.headers['content-type'] ?? 'undefined';
  return new RelayError('unsupported_type', `Unsupported Content Type: ${type.slice(0, 100)}`);
}
