// Parameters that a call may give in several ways: query, form, multipart, JSON.

import type { Context } from 'koa';
import { isObject } from '../../../shared/object.ts';
import { RelayError } from '../../base/errors.ts';
import { decode, readBytes, readForm, readMultipart } from './body.ts';

/** Parameters as text by name; an absent one is as good as an empty one. */
export type Parameters = ReadonlyMap<string, string>;

/** The value of a parameter, or `""`. */
export function textOf(parameters: Parameters, name: string): string {
  return parameters.get(name) ?? '';
}

/**
 * Reads the parameters of a request; those of the body come before those of the query, and of several with one name the
 * first counts. In JSON, text stands for itself, null for nothing, and any other value for its own JSON.
 * @throws RelayError `too_large` beyond `limit` bytes, `invalid` when the body is not what its type says
 */
export async function readParameters(context: Context, limit: number): Promise<Parameters> {
  const query = [...new URLSearchParams(context.querystring)];
  const bytes = await readBytes(context.req, limit);
  const parameters = new Map<string, string>();
  for (const [name, value] of [...(await pairsOf(bytes, context.get('content-type'))), ...query]) {
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

async function pairsOf(bytes: Buffer, type: string): Promise<readonly (readonly [string, string])[]> {
  if (bytes.length === 0) return [];
  if (/multipart\/form-data/i.test(type)) return readMultipart(bytes, type);
  const text = decode(bytes);
  return /json/i.test(type) ? readJson(text) : readForm(text);
}

function readJson(text: string): [string, string][] {
  let value: unknown;
  try {
    value = JSON.parse(text);
    if (isObject(value)) {
      const given = Object.entries(value).filter(([, one]) => one !== null);
      return given.map(([name, one]) => [name, typeof one === 'string' ? one : JSON.stringify(one)]);
    }
  } catch (cause) {
    // Also JSON that is nested too deeply to be written again.
    throw new RelayError('invalid', 'expected a JSON object', { cause });
  }
  throw new RelayError('invalid', 'expected a JSON object');
}
