// Parameters that a request may give in its query, in a form, as multipart or as JSON.

import { Readable } from 'node:stream';
import { RelayError } from '../../base/errors.ts';
import { decode, essenceOf, isJsonType, readForm, readObject } from './body.ts';
import type { HttpRequest } from './http-message.ts';
import { readMultipart } from './multipart.ts';

/** Parameters as text, by name. An absent parameter counts as empty. */
export type Parameters = ReadonlyMap<string, string>;

/** The value of a parameter, or `""`. */
export function textOf(parameters: Parameters, name: string): string {
  return parameters.get(name) ?? '';
}

/**
 * Reads the parameters of a request. If a name occurs twice, the first one counts; the body comes before the query.
 * In a JSON body strings stay as they are, null counts as absent, and any other value becomes its JSON text.
 * @param limit most bytes of the body, by default those of the route
 * @throws RelayError `too_large` beyond the limit, `invalid` when the body is not what its type says
 */
export async function readParameters(request: HttpRequest, limit?: number): Promise<Parameters> {
  const { query } = request;
  const bytes = await request.read(limit);
  const parameters = new Map<string, string>();
  for (const [name, value] of [...(await pairsOf(bytes, request.header('content-type'))), ...query]) {
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

async function pairsOf(bytes: Buffer, type: string): Promise<readonly (readonly [string, string])[]> {
  if (bytes.length === 0) return [];
  if (essenceOf(type) === 'multipart/form-data') return readMultipart(Readable.from([bytes]), type, bytes.length);
  return isJsonType(type) ? readJson(bytes) : readForm(decode(bytes));
}

function readJson(bytes: Buffer): [string, string][] {
  const given = Object.entries(readObject(bytes)).filter(([, value]) => value !== null);
  try {
    return given.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
  } catch (cause) {
    throw new RelayError('invalid', 'the JSON is nested too deeply', { cause });
  }
}
