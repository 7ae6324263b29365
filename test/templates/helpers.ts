// Reads payloads as the relay does.
import { readPayload, templateNamed } from '../../server/templates/index.ts';
import type { Payload } from '../../server/templates/template.ts';

/** What comes of a payload of the key `ops`. */
export function read(body: Payload['body'], headers: Readonly<Record<string, string>> = {}, named = '') {
  return readPayload({ body, header: (name) => headers[name] ?? '' }, templateNamed(named), 'ops');
}

/** The content of a payload. */
export function told(body: Payload['body'], headers: Readonly<Record<string, string>> = {}, named = '') {
  const reading = read(body, headers, named);
  if ('ignored' in reading) throw new Error(`ignored: ${reading.ignored}`);
  return reading.content;
}
