// The calls of the API. http.ts has their paths, and decides who may call.

import { RelayError } from '../../base/errors.ts';
import type { HttpRequest } from '../kit/http-message.ts';
import { type Parameters, readParameters, textOf } from '../kit/parameters.ts';
import type { Patterns } from '../kit/pattern.ts';
import { message, textField } from './frames.ts';
import type { Level } from './level.ts';
import type { ReadJwt, Tokens } from './logins.ts';
import { channelFor, channelList, MAX_NAME, occupiedNames } from './names.ts';
import { nodeInfos } from './node-info.ts';
import type { GusherClusterPorts } from './ports.ts';
import { ADD, RELOAD } from './subscriber.ts';

/** What the calls need. */
export interface CallPorts
  extends Pick<GusherClusterPorts, 'channels' | 'nodes' | 'bodyBudget'>,
    Pick<Level, 'appOf' | 'toData'> {
  readonly readJwt: ReadJwt;
  readonly tokens: Tokens;
  readonly patterns: Patterns;
  /** Longest body, in bytes. */
  readonly maxBody: number;
}

/** One call; returns the text of the answer. @param values the parameters of the path */
export type Call = (request: HttpRequest, ports: CallPorts, values: readonly string[]) => string | Promise<string>;

/** Reads a required parameter. @throws RelayError `invalid` with `text` when it is missing or empty */
async function required(request: HttpRequest, name: string, text: string): Promise<string> {
  const value = textOf(await readParameters(request), name);
  if (value === '') throw new RelayError('invalid', text);
  return value;
}

/** Confirms that an app exists; fails otherwise. */
export const check: Call = async (_request, { appOf }, [key = '']) => {
  await appOf(key);
  return `${JSON.stringify({ app_key: key })}\n`;
};

/** Pushes to a channel. The answer repeats the frame that the sockets get. */
export const push: Call = async (request, ports, [key = '', channel = '', event = '']) => {
  const app = await ports.appOf(key);
  const data = ports.toData(await required(request, 'data', 'empty data'));
  await ports.channels.publish(app, [channelFor('c-', channel)], { type: 'event', name: event, data });
  return message(channel, event, data);
};

/** Pushes to every channel with subscribers whose name matches a pattern. */
export const pushPattern: Call = async (request, ports, [key = '']) => {
  const app = await ports.appOf(key);
  const parameters: Parameters = await readParameters(request);
  const [text, event, data] = ['channel_pattern', 'event', 'data'].map((name) => textOf(parameters, name));
  if (text === undefined || text === '' || event === undefined || event === '') {
    throw new RelayError('invalid', 'empty param');
  }
  const pattern = await ports.patterns.compile(text);
  if (pattern === undefined) throw new RelayError('invalid', 'channel_pattern cant regex');
  if (data === undefined || data === '') throw new RelayError('invalid', 'empty data');
  const names = await pattern.search(await occupiedNames(ports.channels, app, 'c-'));
  await ports.channels.publish(
    app,
    names.map((name) => channelFor('c-', name)),
    { type: 'event', name: event, data: ports.toData(data) },
  );
  return JSON.stringify({ total: names.length, pattern: text });
};

/** Makes several pushes in one call; makes none of them when one is invalid. */
export const pushBatch: Call = async (request, ports, [key = '']) => {
  const app = await ports.appOf(key);
  const text = await required(request, 'batch_data', 'empty batch data');
  const batch = readJson(text, 'data error');
  if (!Array.isArray(batch)) throw new RelayError('invalid', 'data error');
  const pushes = batch.map((item: unknown) => {
    const [channel, event] = [textField(item, 'channel'), textField(item, 'event')];
    if (channel === undefined || event === undefined || !Object.hasOwn(item as object, 'data')) {
      throw new RelayError('invalid', 'data error');
    }
    return { channel, event, data: toJson((item as { readonly data: unknown }).data) };
  });
  for (const { channel, event, data } of pushes) {
    await ports.channels.publish(app, [channelFor('c-', channel)], { type: 'event', name: event, data });
  }
  return JSON.stringify({ total: pushes.length, cap: Buffer.byteLength(text) });
};

/** Pushes to the sockets of a user, or to one socket. They get only the data, without a channel or an event name. */
function pushTo(purpose: 'u-' | 's-', key: 'user_id' | 'socket_id'): Call {
  return async (request, ports, [appKey = '', name = '']) => {
    const app = await ports.appOf(appKey);
    const data = await required(request, 'data', 'empty data');
    await ports.channels.publish(app, [channelFor(purpose, name)], {
      type: 'event',
      name: 'push',
      data: ports.toData(data),
    });
    return JSON.stringify({ [key]: name, data });
  };
}

export const pushUser = pushTo('u-', 'user_id');
export const pushSocket = pushTo('s-', 'socket_id');

/** Allows the sockets of a user to subscribe to one more channel. */
export const addChannel: Call = async (request, ports, [key = '', userId = '']) => {
  const app = await ports.appOf(key);
  const name = await required(request, 'data', 'data empty error');
  if (name.length > MAX_NAME) throw new RelayError('invalid', `data is longer than ${MAX_NAME} characters`);
  const event = { type: 'event', name: ADD, data: JSON.stringify(name) } as const;
  await ports.channels.publish(app, [channelFor('u-', userId)], event);
  return JSON.stringify({ user_id: userId, data: name });
};

/** Replaces the channels that a user's sockets may subscribe to. */
export const reloadChannels: Call = async (request, ports, [key = '', userId = '']) => {
  const app = await ports.appOf(key);
  const text = await required(request, 'data', 'data empty error');
  const refusal = 'data unmarshal error';
  const { data: names } = channelList.safeParse(readJson(text, refusal));
  if (names === undefined) throw new RelayError('invalid', refusal);
  await ports.channels.publish(app, [channelFor('u-', userId)], {
    type: 'event',
    name: RELOAD,
    data: JSON.stringify(names),
  });
  return JSON.stringify({ user_id: userId, data: text });
};

/** The channels with subscribers. */
const channelsOf = async ({ channels, appOf }: CallPorts, [key = '']: readonly string[]) =>
  occupiedNames(channels, await appOf(key), 'c-');
/** The users who are online, each once. */
const usersOf = async ({ channels, appOf }: CallPorts, [key = '']: readonly string[]) =>
  occupiedNames(channels, await appOf(key), 'u-');
/** The users who are subscribed to a channel, each once. */
const usersOn = async ({ channels, appOf }: CallPorts, [key = '', channel = '']: readonly string[]) =>
  channels.usersOn(await appOf(key), channelFor('c-', channel));

type Query = (ports: CallPorts, values: readonly string[]) => Promise<string[]>;
const listOf =
  (query: Query): Call =>
  async (_request, ports, values) =>
    JSON.stringify(await query(ports, values));
const countOf =
  (query: Query): Call =>
  async (_request, ports, values) =>
    JSON.stringify({ count: (await query(ports, values)).length });

export const listChannels = listOf(channelsOf);
export const countChannels = countOf(channelsOf);
export const listUsers = listOf(usersOf);
export const countUsers = countOf(usersOf);
export const listUsersOn = listOf(usersOn);
export const countUsersOn = countOf(usersOn);

/** Exchanges a JWT for a token. The socket then sends the token in its URL. */
export const login: Call = async (request, { readJwt, tokens, bodyBudget, maxBody }) => {
  request.answerHeaders['access-control-allow-origin'] = '*';
  // Anyone may log in, so the proof is in the body itself.
  const lease = bodyBudget.take(request.ip, request.headers['content-length'], maxBody);
  const claims = await readJwt(textOf(await readParameters(request, lease.limit), 'jwt'));
  if (claims === undefined) throw new RelayError('unauthorized', 'jwt decode fail');
  lease.refund();
  return `${JSON.stringify({ token: await tokens.issue(claims) })}\n`;
};

/** Shows the claims of a JWT. */
export const decodeJwt: Call = async (request, { readJwt }) => {
  const claims = await readJwt(textOf(await readParameters(request), 'data'));
  if (claims === undefined) throw new RelayError('invalid', 'data error');
  return `${JSON.stringify({ gusher: claims })}\n`;
};

/** Describes all nodes. */
export const nodes: Call = async (_request, { nodes: all }) =>
  `${JSON.stringify(nodeInfos(await all.list(), 'gusher-cluster'))}\n`;

/** Parses JSON. @throws RelayError `invalid` with the text `refusal` */
function readJson(text: string, refusal: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RelayError('invalid', refusal, { cause });
  }
}

/** Writes JSON. @throws RelayError `invalid` when the value is nested too deeply */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new RelayError('invalid', 'data error', { cause });
  }
}
