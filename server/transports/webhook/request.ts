// A message as the HTTP request that a webhook target gets, byte for byte as mpush documents it.

import { type Message, toWire } from '../../../shared/message.ts';
import { hmacHex } from '../../base/hmac.ts';
import { wireText } from '../../delivery/message.ts';
import type { WebhookClient } from './config.ts';

/** One request, ready to be sent as it is. */
export interface WebhookRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent for GET. */
  readonly body?: Buffer;
}

/** The part of a target that decides the shape of its requests. */
export type WebhookTarget = Pick<WebhookClient, 'url' | 'method' | 'secret'>;

/** The request that delivers the message. `token` proves to the target who calls. */
export function buildRequest(target: WebhookTarget, message: Message, token: string): WebhookRequest {
  // Node writes header values as Latin-1. With this conversion, a token with any characters arrives as UTF-8.
  const headers = { authorization: Buffer.from(token).toString('latin1'), 'user-agent': 'herald' };
  const url = new URL(target.url);
  url.hash = '';
  if (target.method === 'GET') {
    url.search = joinQuery(url.search, writeQuery(message));
    // Signed after the URL parser, which may change the query: the signature must match what goes out.
    return { method: 'GET', url, headers: { ...headers, ...sign(target.secret, url.search.slice(1)) } };
  }
  const body = Buffer.from(writePacket(message));
  return {
    method: 'POST',
    url,
    headers: { ...headers, 'content-type': 'application/json;charset=utf-8', ...sign(target.secret, body) },
    body,
  };
}

function sign(secret: string | undefined, sent: string | Buffer): Record<string, string> {
  if (secret === undefined) return {};
  return { 'x-herald-signature': `sha256=${hmacHex(secret, sent)}` };
}

/** The MESSAGE packet. */
function writePacket(message: Message): string {
  return `{"cmd":"MESSAGE","data":${wireText(message)}}`;
}

function joinQuery(existing: string, added: string): string {
  return existing === '' ? added : `${existing.slice(1)}&${added}`;
}

function writeQuery(sent: Message): string {
  const { sendType, target, from, message, mid } = toWire(sent);
  const own = new Map<string, unknown>([
    ['sendType', sendType],
    ['target', target],
    ['fromMethod', from.method],
    ['fromName', from.name],
    ['mid', mid],
    ['text', message.text],
    ['desp', message.desp],
  ]);
  const extra = Object.entries(message.extra).filter(([key]) => !own.has(key));
  return [...own, ...extra].flatMap(([key, value]) => writeParameter(key, value)).join('&');
}

/** Serialises as axios 0.19 did: mpush used it when its targets were written, so they expect this form. */
function writeParameter(key: string, value: unknown): string[] {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item) => `${encode(`${key}[]`)}=${encode(textOf(item))}`);
  return [`${encode(key)}=${encode(textOf(value))}`];
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

const UNESCAPED: Readonly<Record<string, string>> = {
  '%40': '@',
  '%3A': ':',
  '%24': '$',
  '%2C': ',',
  '%20': '+',
  '%5B': '[',
  '%5D': ']',
};

function encode(text: string): string {
  // A lone half of a surrogate pair has no UTF-8 form.
  const whole = text.replace(/\p{Surrogate}/gu, '\ufffd');
  return encodeURIComponent(whole).replace(/%(?:40|3A|24|2C|20|5B|5D)/g, (code) => UNESCAPED[code] ?? code);
}
