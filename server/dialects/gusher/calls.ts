// The calls of the private API. Answers have the keys that gusher's README shows, and the other keys that its code uses.
import { isIPv6 } from 'node:net';
import { RelayError } from '../../base/errors.ts';
import type { App } from '../../channel/app.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { type Parameters, readParameters, textOf } from '../kit/parameters.ts';
import type { Patterns } from '../kit/pattern.ts';
import type { GusherPorts } from './ports.ts';
import type { Registration, Registrations } from './registrations.ts';
import { EVERYBODY, onlineCount, onlineTags, tagChannel } from './tags.ts';

/** What the calls need. */
export interface CallPorts extends Pick<GusherPorts, 'channels'> {
  readonly registrations: Registrations;
  readonly patterns: Patterns;
  /** Longest body, in bytes. */
  readonly maxBody: number;
}

/** One call; returns the answer. The caller has been authorized. */
export type Call = (request: HttpRequest, ports: CallPorts, app: Registration | undefined) => object | Promise<object>;

const MAX_TEXT = 255;
const MAX_SECRET = 4096;
const MAX_URL = 8192;

/** The app that the path of a call names. The route has already looked it up. */
function required(app: Registration | undefined): Registration {
  if (app === undefined) throw new Error('a call without an app');
  return app;
}

/** Registers an app. */
export const register: Call = async (request, { registrations }) => {
  const parameters = await readParameters(request);
  const key = bounded(parameters, 'app_key', MAX_TEXT, '/');
  const account = bounded(parameters, 'auth_account', MAX_TEXT, ':');
  const password = bounded(parameters, 'auth_password', MAX_SECRET);
  const connectHook = bounded(parameters, 'connect_hook', MAX_URL);
  if (key === '' || account === '' || password === '') throw new RelayError('invalid', 'app_name || request_op empty');
  // HTTP clients resolve `.` and `..` in paths, so no call could name such an app.
  if (key === '.' || key === '..') throw new RelayError('invalid', `app_key must not be "${key}"`);
  if (connectHook !== '' && !isHttpUrl(connectHook)) throw new RelayError('invalid', 'hook url error');
  const requestIp = `${isIPv6(request.ip) ? `[${request.ip}]` : request.ip}:${request.req.socket.remotePort}`;
  const app = await registrations.add({ key, account, password, connectHook, requestIp });
  return { app_name: '', ...shown(app) };
};

/** Removes an app and closes its sockets. */
export const unregister: Call = async (_request, { registrations }, app) => {
  await registrations.remove(required(app).key);
  // The spelling is the original's.
  return { message: 'Scuess' };
};

/** Lists all apps, without their passwords. */
export const list: Call = (_request, { registrations }) => {
  const data = registrations.list().map((app) => ({
    ...shown(app),
    date: localDate(new Date(app.createdAt)),
    timestamp: String(app.createdAt),
  }));
  return { total: data.length, Total: data.length, data: data.length === 0 ? null : data };
};

/** Sends a text to all sockets of an app, or to those whose tags match a pattern. */
export const push: Call = async (request, ports, registration) => {
  const { channels } = ports;
  const { key, app } = required(registration);
  const parameters = await readParameters(request);
  const content = textOf(parameters, 'content');
  const pattern = textOf(parameters, 'user_tag');
  if (content === '') throw new RelayError('invalid', 'app_key || content empty');
  const targets = pattern === '' ? [EVERYBODY] : (await matchingTags(ports, app, pattern)).map(tagChannel);
  const counts = await Promise.all(targets.map((channel) => channels.subscriptionCount(app, channel)));
  const sent = counts.reduce((sum, count) => sum + count, 0);
  // All targets get the same event object, with one channel name, so its frame is built once.
  await channels.publish(app, targets, { type: 'event', channel: EVERYBODY, name: 'push', data: content });
  const total = await onlineCount(channels, app);
  return { app_key: key, content, user_tag: pattern, total, Total: total, sent };
};

/** Lists the tags that are online. */
export const listOnline: Call = async (_request, { channels }, registration) => {
  const { key, app } = required(registration);
  const tags = await onlineTags(channels, app);
  return { app_key: key, total: tags.length, user_tags: Object.fromEntries(tags.map((tag) => [tag, null])) };
};

/** The online tags that the pattern matches; none when it is not a valid pattern. */
async function matchingTags({ channels, patterns }: CallPorts, app: App, text: string): Promise<readonly string[]> {
  const pattern = await patterns.compile(text);
  if (pattern?.exact !== undefined) return [pattern.exact];
  return pattern === undefined ? [] : pattern.search(await onlineTags(channels, app));
}

function bounded(parameters: Parameters, name: string, max: number, without?: string): string {
  const value = textOf(parameters, name);
  if (value.length > max) throw new RelayError('invalid', `${name} is longer than ${max} characters`);
  if (without !== undefined && value.includes(without)) {
    throw new RelayError('invalid', `${name} must not contain "${without}"`);
  }
  return value;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** An app as answers show it. The key `auth_password` is there, but its value is always empty. */
function shown({ key, account, connectHook, requestIp }: Registration): object {
  return { app_key: key, auth_account: account, auth_password: '', connect_hook: connectHook, request_ip: requestIp };
}

/** Formats a date as `2026/01/31 09:05:00`, in the machine's time zone. */
function localDate(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('/');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
