// Keys and requests as Gotify's programs have them.
import { TOKEN, type World } from '../../world.ts';

/** The credentials of a user. */
export const basic = (user: string, password = TOKEN): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});

/** Makes a key. @returns its text and its number */
export async function makeKey(
  relay: Pick<World, 'request'>,
  name: string,
  settings: object,
): Promise<{ readonly key: string; readonly number: number }> {
  const headers = { 'content-type': 'application/json' };
  const { status, json, text } = await relay.request('/v1/keys', {
    method: 'POST',
    headers,
    body: JSON.stringify({ name, ...settings }),
  });
  if (status !== 201) throw new Error(`no key was made: ${text}`);
  return { key: json.key, number: json.number };
}

/** Sends JSON with a token. */
export function send(relay: Pick<World, 'fetch'>, key: string, body: unknown, query = '') {
  return relay.fetch(`/message${query}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-gotify-key': key },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
