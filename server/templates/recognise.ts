// Finds out which program sent a payload: by its headers, then by its shape.
import { isObject, type JsonObject } from '../../shared/object.ts';
import type { Payload } from './template.ts';
import { listAt, textAt, valueAt } from './values.ts';

/** Every name of a kind of payload. */
export type TemplateName =
  | 'alertmanager'
  | 'grafana'
  | 'github'
  | 'gitea'
  | 'gitlab'
  | 'uptime-kuma'
  | 'healthchecks'
  | 'arr'
  | 'proxmox'
  | 'sentry'
  | 'cloudevents'
  | 'slack'
  | 'discord'
  | 'json'
  | 'text';

/** The first sign that a payload has decides. */
const SIGNS: readonly (readonly [TemplateName, (payload: Payload, body: JsonObject) => boolean])[] = [
  // Before GitHub: Gitea sends GitHub's header too.
  ['gitea', hasHeader('x-forgejo-event', 'x-gitea-event', 'x-gogs-event')],
  ['github', hasHeader('x-github-event')],
  ['gitlab', (payload, body) => hasHeader('x-gitlab-event')(payload) || hasAll(body, 'object_kind', 'project')],
  ['sentry', hasHeader('sentry-hook-resource')],
  ['cloudevents', isCloudEvent],
  ['grafana', (_payload, body) => isGrafana(body)],
  [
    'alertmanager',
    (_payload, body) =>
      Array.isArray(body['alerts']) && (hasAll(body, 'groupKey') || hasAll(body, 'receiver', 'status')),
  ],
  ['uptime-kuma', (_payload, body) => isKuma(body)],
  ['healthchecks', (_payload, body) => [body, body['check']].some((one) => hasAll(one, 'ping_url', 'n_pings'))],
  ['arr', (_payload, body) => isArr(body)],
  ['proxmox', (_payload, body) => isProxmox(body)],
  ['discord', (_payload, body) => isDiscord(body)],
  ['slack', (_payload, body) => isSlack(body)],
  ['sentry', (_payload, body) => hasAll(body, 'url', 'project_name', 'event')],
];

function hasHeader(...names: readonly string[]): (payload: Payload) => boolean {
  return ({ header }) => names.some((name) => header(name) !== '');
}

function hasAll(value: unknown, ...names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Object.hasOwn(value, name));
}

function isCloudEvent({ header, body: whole }: Payload, body: JsonObject): boolean {
  if (
    header('ce-specversion') !== '' ||
    header('content-type').trim().toLowerCase().startsWith('application/cloudevents')
  ) {
    return true;
  }
  return hasAll(Array.isArray(whole) ? whole[0] : body, 'specversion', 'type', 'source');
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

function isDiscord(body: JsonObject): boolean {
  const beside = ['username', 'avatar_url', 'tts', 'allowed_mentions'].some((name) => hasAll(body, name));
  return Array.isArray(body['embeds']) || (typeof body['content'] === 'string' && beside);
}

function isSlack(body: JsonObject): boolean {
  // Attachments with bytes are those of apprise.
  const isList = (name: string) => {
    const list = listAt(body, name);
    return list.length > 0 && list.every((one) => isObject(one) && !Object.hasOwn(one, 'base64'));
  };
  const beside = ['channel', 'username', 'icon_emoji', 'icon_url', 'mrkdwn'].some((name) => hasAll(body, name));
  return isList('attachments') || isList('blocks') || (typeof body['text'] === 'string' && beside);
}

const NOTHING: JsonObject = {};

/** The kind of a payload. */
export function recognise(payload: Payload): TemplateName {
  const { body } = payload;
  const object = isObject(body) ? body : NOTHING;
  const sign = SIGNS.find(([, has]) => has(payload, object));
  return sign?.[0] ?? (typeof body === 'string' ? 'text' : 'json');
}
