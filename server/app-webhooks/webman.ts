// Reports in the form that receivers of webman-push-server 0.2.0 expect. Pusher's SDKs can read the same requests.
import { randomUUID } from 'node:crypto';
import { hmacHex } from '../base/hmac.ts';
import { type App, activeKey } from '../channel/app.ts';
import type { EventReport, ReportDetails } from './event-report.ts';

/** The headers by which webman's hook server identifies itself. */
export const WEBMAN_HEADERS = { server: 'workbunny-push-server', version: '0.2.0' } as const;

/** A time as webman's receivers expect it: in seconds, although the field is called `time_ms`. */
export const webmanTime = (ms: number): number => ms / 1000;

/**
 * Adds webman's fields to Pusher's: `data`, which is JSON text of its own, and `time`, which is seconds as text.
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
  const dataText = () => {
    if (packet === undefined) return JSON.stringify({ id, app_key, ...details, user_info: decoded(info), time_ms });
    // The frame stays text, because it may be nested too deeply to be serialised again.
    const own = name === 'client_event' ? { id, app_key } : { id, time_ms };
    return `${packet.slice(0, -1)},${JSON.stringify(own).slice(1)}`;
  };
  return { name, ...details, data: dataText(), time: String(time_ms) };
}

/** Decodes the info of a member, which webman's clients send as JSON text. */
function decoded(info: unknown): unknown {
  if (typeof info !== 'string') return info;
  try {
    return JSON.parse(info);
  } catch {
    return info;
  }
}

/** Adds the id to the query of a request, and signs method, path, query and body. */
export function signWebman(secret: string, url: URL, id: string, body: string): { query: string; sign: string } {
  const query = new URLSearchParams(url.searchParams);
  query.set('id', id);
  query.sort();
  return { query: String(query), sign: hmacHex(secret, `POST\n${url.pathname}\n${query}\n${body}`) };
}
