// A report as the request that an app's hook gets: body, headers, signatures.
import { randomUUID } from 'node:crypto';
import { sha256 } from '../base/digest.ts';
import { hmacHex } from '../base/hmac.ts';
import { type App, activeKey, type Hook } from '../channel/app.ts';
import type { EventReport } from './event-report.ts';
import type { NewReport } from './report-store.ts';
import { signWebman, WEBMAN_HEADERS, webmanTime } from './webman.ts';

/** A hook and its app, as they are now. */
export interface HookTarget {
  readonly app: App;
  readonly hook: Hook;
}

const digests = new WeakMap<Hook, string>();

/** A name for the address of a hook: a digest of its URL, which stays the same after a restart. */
export function addressOf(hook: Hook): string {
  const known = digests.get(hook);
  if (known !== undefined) return known;
  const digest = sha256(hook.url).toString('hex').slice(0, 16);
  digests.set(hook, digest);
  return digest;
}

/** Makes the report that tells one hook of an app about these events. */
export function newReport(app: App, hook: Hook, events: readonly EventReport[], now: number): NewReport {
  const address = addressOf(hook);
  return {
    app: app.id,
    address,
    hook: app.hooks.filter((one) => addressOf(one) === address).indexOf(hook),
    request: randomUUID(),
    channels: channelsOf(events),
    acceptedAt: now,
    body: reportBody(app, events, now),
  };
}

/** Writes the body of a request. It is written once, so that repeats have the same signature. */
export function reportBody(app: App, events: readonly EventReport[], now: number): string {
  return JSON.stringify({ time_ms: app.webman ? webmanTime(now) : now, events });
}

/** The channels of the events, each once, in order; `""` stands for an event without a channel. */
export function channelsOf(events: readonly EventReport[]): string[] {
  return [...new Set(events.map(({ channel = '' }) => channel))];
}

/** Splits a body into one for each of its channels. */
export function splitBody(body: string): { readonly channels: readonly string[]; readonly body: string }[] {
  const { events, ...rest } = JSON.parse(body) as { events: EventReport[] };
  return channelsOf(events).map((channel) => {
    const own = events.filter((event) => (event.channel ?? '') === channel);
    return { channels: [channel], body: JSON.stringify({ ...rest, events: own }) };
  });
}

/**
 * Makes the request in the form that Pusher's SDKs verify; undefined if the app has no active key.
 * Receivers compare the content type as a whole, so it names no charset.
 */
export function hookRequest({ app, hook }: HookTarget, id: string, body: string) {
  const signer = activeKey(app);
  if (signer === undefined) return undefined;
  const { key, secret } = signer;
  const url = new URL(hook.url);
  url.hash = '';
  const headers = new Map(Object.entries(hook.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  headers.set('user-agent', headers.get('user-agent') ?? 'herald');
  headers.set('content-type', 'application/json');
  headers.set('x-pusher-key', key);
  headers.set('x-pusher-signature', hmacHex(secret, body));
  if (app.webman) {
    const signed = signWebman(secret, url, id, body);
    url.search = signed.query;
    for (const [name, value] of Object.entries({ ...WEBMAN_HEADERS, sign: signed.sign })) headers.set(name, value);
  }
  return { method: 'POST', url, headers: Object.fromEntries(headers), body: Buffer.from(body) } as const;
}
