// Reads the fields of a request to an auth endpoint: a form, as every SDK sends it, or JSON.
import { isObject } from '../../../../shared/object.ts';
import { RelayError } from '../../../base/errors.ts';
import { decode, isJsonType, readForm } from '../../kit/body.ts';
import type { HttpRequest } from '../../kit/http-message.ts';
import { parse } from '../frames.ts';

/** Longest body, in bytes. Such requests hold a few names and perhaps a token. */
export const MAX_BODY = 65_536;

/** Reads one field; `''` when it is missing or not text. */
export type Fields = (name: string) => string;

/** @param limit most bytes @throws RelayError `too_large` beyond it, `unsupported_type` when compressed, `invalid` when it ended early */
export async function readFields(request: HttpRequest, limit = MAX_BODY): Promise<Fields> {
  const text = decode(await request.read(limit));
  const json = isJsonType(request.header('content-type')) ? parse(text) : undefined;
  if (isObject(json)) {
    return (name) => {
      const value = Object.hasOwn(json, name) ? json[name] : undefined;
      return typeof value === 'string' ? value : '';
    };
  }
  const form = new Map(readForm(text).toReversed());
  return (name) => form.get(name) ?? '';
}

/**
 * Reads the socket id. The check makes signatures safe: with a colon in the id, the signed text could also be that of another
 * channel.
 * @throws RelayError `invalid`
 */
export function readSocketId(fields: Fields): string {
  const id = fields('socket_id');
  if (id === '') throw new RelayError('invalid', 'Required socket_id');
  if (!/^\d+\.\d+$/.test(id)) throw new RelayError('invalid', 'Invalid socket_id');
  return id;
}
