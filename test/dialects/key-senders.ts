// Helpers of the tests of dialects whose senders know only a key.
import { request } from 'node:http';
import { sharedWorld } from '../support/shared-world.ts';
import type { World } from '../world.ts';

/** Makes a key, and returns its text. */
export async function makeKey(relay: World, settings: object): Promise<string> {
  const { json } = await relay.request('/v1/keys', { method: 'POST', body: JSON.stringify(settings) });
  if (typeof json.key !== 'string') throw new Error(`no key was made: ${JSON.stringify(json)}`);
  return json.key;
}

/** A relay for the suite, with two keys: `key` sends to the device `phone`, and `lost` to a group without devices. */
export function keySuite() {
  const relay = sharedWorld({ config: { http: { maxBody: 100_000, maxAuthFailures: 1000 } } });
  const keys = { key: '', lost: '' };
  before(async () => {
    keys.key = await makeKey(relay(), { name: 'nas', device: 'phone' });
    keys.lost = await makeKey(relay(), { name: 'to all', group: 'family' });
  });
  return { relay, keys };
}

/** The last message to a device, with the name of its sender. */
export async function stored(relay: World, device: string) {
  const { json } = await relay.request(`/v1/devices/${device}/messages`);
  const { from, message, mid } = json.messages.at(-1) ?? { from: {}, message: {} };
  return { from: from.name, mid, ...message };
}

/** What {@link rawGet} sends beside the path. */
interface Raw {
  readonly headers?: Readonly<Record<string, string>>;
  /** A form. */
  readonly body?: string;
}

/** Sends a GET as it is: `fetch` resolves dots, sends no body with a GET, and sets some headers itself. */
export function rawGet(
  relay: World,
  path: string,
  { headers = {}, body }: Raw,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const type = {
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': Buffer.byteLength(body ?? ''),
    };
    const all = body === undefined ? headers : { ...type, ...headers };
    const asked = request({ host: '127.0.0.1', port: relay.ports.http, path, headers: all }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}
