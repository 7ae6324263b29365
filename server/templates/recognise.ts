// Finds out which program sent a payload: by its shape.
import { isObject, type JsonObject } from '../../shared/object.ts';
import type { Payload } from './template.ts';
import { listAt, textAt, valueAt } from './values.ts';

/** Every name of a kind of payload. */
export type TemplateName =
  | 'alertmanager'
  | 'grafana'
  | 'uptime-kuma'
  | 'healthchecks'
  | 'arr'
  | 'proxmox'
  | 'json'
  | 'text';

/** The first sign that a payload has decides. */
const SIGNS: readonly (readonly [TemplateName, (body: JsonObject) => boolean])[] = [
  ['grafana', (body) => isGrafana(body)],
  [
    'alertmanager',
    (body) => Array.isArray(body['alerts']) && (hasAll(body, 'groupKey') || hasAll(body, 'receiver', 'status')),
  ],
  ['uptime-kuma', (body) => isKuma(body)],
  ['healthchecks', (body) => [body, body['check']].some((one) => hasAll(one, 'ping_url', 'n_pings'))],
  ['arr', (body) => isArr(body)],
  ['proxmox', (body) => isProxmox(body)],
];

function hasAll(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Object.hasOwn(value, name));
}

function isGrafana(body: JsonObject): boolean {
  if (hasAll(body, 'ruleId', 'ruleName', 'state')) return true;
  const own = ['silenceURL', 'dashboardURL', 'panelURL', 'valueString'];
  const isOne = (alert: unknown) => own.some((name) => hasAll(alert, name));
  return Array.isArray(body['alerts']) && (hasAll(body, 'orgId') || listAt(body, 'alerts').some(isOne));
}

function isKuma(body: JsonObject): boolean {
  // Its form for GET leaves out what is null.
  return hasAll(body, 'msg') && (hasAll(body, 'heartbeat') || hasAll(body, 'monitor'));
}

const ITEMS = ['instanceName', 'movie', 'series', 'artist', 'author', 'album', 'book', 'episodes', 'release'];

function isArr(body: JsonObject): boolean {
  return textAt(body, 'eventType') !== '' && [...ITEMS, 'applicationUrl'].some((name) => hasAll(body, name));
}

const SEVERITIES: ReadonlySet<string> = new Set(['info', 'notice', 'warning', 'error', 'unknown']);

function isProxmox(body: JsonObject): boolean {
  return (
    hasAll(body, 'title', 'message') &&
    SEVERITIES.has(textAt(body, 'severity')) &&
    (isObject(valueAt(body, 'fields')) || typeof body['timestamp'] === 'number')
  );
}

const NOTHING: JsonObject = {};

/** The kind of a payload. */
export function recognise(payload: Payload): TemplateName {
  const { body } = payload;
  const object = isObject(body) ? body : NOTHING;
  const sign = SIGNS.find(([, has]) => has(object));
  return sign?.[0] ?? (typeof body === 'string' ? 'text' : 'json');
}
