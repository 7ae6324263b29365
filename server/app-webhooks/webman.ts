// Reports in the form that receivers of webman-push-server 0.2.0 expect. Pusher's SDKs can read the same requests.
import { randomUUID } from 'node:crypto';
import { hmacHex } from '../base/hmac.ts';
import { type App, activeKey } from '../channel/app.ts';
import type { EventReport, ReportDetails } from './event-report.ts';

/** How its hook server names itself. */
export const WEBMAN_HEADERS = { server: 'workbunny-push-server', version: '0.2.0' } as const;

/** A time as its receivers expect it: in seconds, although the field is called `time_ms`. */
export const webmanTime = (ms: number): number => ms / 1000;

/**
 * An event with `data`, which is webman's own JSON, and `time`, in seconds as text, beside all of Pusher's fields.
 * Pusher's client events have a `data` as well, which webman's replaces.
 */
export function toWebman(
  app: App,
  { name, ...details }: EventReport,
  { packet, info }: ReportDetails,
  ms: number,
): EventReport {
  const id = randomUUID();
  const app_key = activeKey(app)?.key;
  const time_ms = webmanTime(ms);
  const tell = () => {
    if (packet === undefined) return JSON.stringify({ id, app_key, ...details, user_info: decoded(info), time_ms });
    // The frame stays the text that it was: it may be nested too deeply to be serialised again.
    const own = name === 'client_event' ? { id, app_key } : { id, time_ms };
    return `${packet.slice(0, -1)},${JSON.stringify(own).slice(1)}`;
  };
  return { name, ...details, data: tell(), time: String(time_ms) };
}

/** Its clients send the info of a member as JSON text. */
function decoded(info: unknown): unknown {
  if (typeof info !== 'string') return info;
  try {
    return JSON.parse(info);
  } catch {
    return info;
  }
}

/** The query of a signed request, with the id of the request, and the signature over all of it. */
export function signWebman(secret: string, url: URL, id: string, body: string): { query: string; sign: string } {
  const query = new URLSearchParams(url.searchParams);
  query.set('id', id);
  query.sort();
  return { query: String(query), sign: hmacHex(secret, `POST\n${url.pathname}\n${query}\n${body}`) };
}
