// What the calls of the API do. Not here: their paths and who may call, see http.ts.
import type { Context } from 'koa';
import { RelayError } from '../../base/errors.ts';
import { type Parameters, readParameters, textOf } from '../kit/parameters.ts';
import type { Patterns } from '../kit/pattern.ts';
import { message, textField } from './frames.ts';
import type { Level } from './level.ts';
import type { ReadJwt, Tokens } from './logins.ts';
import { channelFor, channelList, heardNames, MAX_NAME } from './names.ts';
import { nodeInfos } from './node-info.ts';
import type { GusherClusterPorts } from './ports.ts';
import type { Sessions } from './sessions.ts';
import { ADD, RELOAD } from './subscriber.ts';

/** What the calls work with. */
export interface CallPorts
  extends Pick<GusherClusterPorts, 'channels' | 'clock' | 'version'>,
    Pick<Level, 'appOf' | 'toData'> {
  readonly sessions: Sessions;
  readonly readJwt: ReadJwt;
  readonly tokens: Tokens;
  readonly patterns: Patterns;
  /** Longest body, in bytes. */
  readonly maxBody: number;
  /** The port of the sockets; undefined when it is the one at which the call came in. */
  readonly socketPort: number | undefined;
}

/** One call; `values` are the parameters of its path. Gives the text of the answer. */
export type Call = (context: Context, ports: CallPorts, values: readonly string[]) => string | Promise<string>;

/** A parameter that must be there. @throws RelayError `invalid` with the text */
async function required(context: Context, maxBody: number, name: string, text: string): Promise<string> {
  const value = textOf(await readParameters(context, maxBody), name);
  if (value === '') throw new RelayError('invalid', text);
  return value;
}

/** Whether an app is there. */
export const check: Call = (_context, { appOf }, [key = '']) => {
  appOf(key);
  return `${JSON.stringify({ app_key: key })}\n`;
};

/** Pushes to a channel; the answer is what the sockets get. */
export const push: Call = async (context, ports, [key = '', channel = '', event = '']) => {
  const app = ports.appOf(key);
  const data = ports.toData(await required(context, ports.maxBody, 'data', 'empty data'));
  ports.channels.publish(app, [channelFor('c-', channel)], { type: 'event', name: event, data });
  return message(channel, event, data);
};

/** Pushes to every channel that somebody hears and whose name matches a pattern. */
export const pushPattern: Call = async (context, ports, [key = '']) => {
  const app = ports.appOf(key);
  const parameters: Parameters = await readParameters(context, ports.maxBody);
  const [text, event, data] = ['channel_pattern', 'event', 'data'].map((name) => textOf(parameters, name));
  if (text === undefined || text === '' || event === undefined || event === '') {
    throw new RelayError('invalid', 'empty param');
  }
  const pattern = await ports.patterns.compile(text);
  if (pattern === undefined) throw new RelayError('invalid', 'channel_pattern cant regex');
  if (data === undefined || data === '') throw new RelayError('invalid', 'empty data');
  const names = await pattern.search(heardNames(ports.channels, app, 'c-'));
  ports.channels.publish(
    app,
    names.map((name) => channelFor('c-', name)),
    { type: 'event', name: event, data: ports.toData(data) },
  );
  return JSON.stringify({ total: names.length, pattern: text });
};

/** Several pushes in one call; all of them, or none when one is not as it must be. */
export const pushBatch: Call = async (context, ports, [key = '']) => {
  const app = ports.appOf(key);
  const text = await required(context, ports.maxBody, 'batch_data', 'empty batch data');
  const batch = readJson(text, 'data error');
  if (!Array.isArray(batch)) throw new RelayError('invalid', 'data error');
  const pushes = batch.map((one: unknown) => {
    const [channel, event] = [textField(one, 'channel'), textField(one, 'event')];
    if (channel === undefined || event === undefined || !Object.hasOwn(one as object, 'data')) {
      throw new RelayError('invalid', 'data error');
    }
    return { channel, event, data: toJson((one as { readonly data: unknown }).data) };
  });
  for (const { channel, event, data } of pushes) {
    ports.channels.publish(app, [channelFor('c-', channel)], { type: 'event', name: event, data });
  }
  return JSON.stringify({ total: pushes.length, cap: Buffer.byteLength(text) });
};

/** Pushes to the sockets of a user, or to one socket: bare data. */
function pushTo(purpose: 'u-' | 's-', key: 'user_id' | 'socket_id'): Call {
  return async (context, ports, [appKey = '', name = '']) => {
    const app = ports.appOf(appKey);
    const data = await required(context, ports.maxBody, 'data', 'empty data');
    ports.channels.publish(app, [channelFor(purpose, name)], { type: 'event', name: 'push', data: ports.toData(data) });
    return JSON.stringify({ [key]: name, data });
  };
}

export const pushUser = pushTo('u-', 'user_id');
export const pushSocket = pushTo('s-', 'socket_id');

/** Lets a user's sockets hear one channel more. */
export const addChannel: Call = async (context, ports, [key = '', userId = '']) => {
  const app = ports.appOf(key);
  const name = await required(context, ports.maxBody, 'data', 'data empty error');
  if (name.length > MAX_NAME) throw new RelayError('invalid', `data is longer than ${MAX_NAME} characters`);
  const event = { type: 'event', name: ADD, data: JSON.stringify(name) } as const;
  ports.channels.publish(app, [channelFor('u-', userId)], event);
  return JSON.stringify({ user_id: userId, data: name });
};

/** Replaces what a user's sockets may hear. */
export const reloadChannels: Call = async (context, ports, [key = '', userId = '']) => {
  const app = ports.appOf(key);
  const text = await required(context, ports.maxBody, 'data', 'data empty error');
  const refusal = 'data unmarshal error';
  const { data: names } = channelList.safeParse(readJson(text, refusal));
  if (names === undefined) throw new RelayError('invalid', refusal);
  ports.channels.publish(app, [channelFor('u-', userId)], { type: 'event', name: RELOAD, data: JSON.stringify(names) });
  return JSON.stringify({ user_id: userId, data: text });
};

/** The channels that somebody hears. */
const channelsOf = ({ channels, appOf }: CallPorts, [key = '']: readonly string[]) =>
  heardNames(channels, appOf(key), 'c-');
/** The users who are online, once each. */
const usersOf = ({ channels, appOf }: CallPorts, [key = '']: readonly string[]) =>
  heardNames(channels, appOf(key), 'u-');
/** The users who hear a channel, once each. */
const usersOn = ({ sessions, appOf }: CallPorts, [key = '', channel = '']: readonly string[]) =>
  sessions.usersOn(appOf(key), channel);

type Query = (ports: CallPorts, values: readonly string[]) => string[];
const listOf =
  (query: Query): Call =>
  (_context, ports, values) =>
    JSON.stringify(query(ports, values));
const countOf =
  (query: Query): Call =>
  (_context, ports, values) =>
    JSON.stringify({ count: query(ports, values).length });

export const listChannels = listOf(channelsOf);
export const countChannels = countOf(channelsOf);
export const listUsers = listOf(usersOf);
export const countUsers = countOf(usersOf);
export const listUsersOn = listOf(usersOn);
export const countUsersOn = countOf(usersOn);

/** Changes a JWT into a token for the socket's address. */
export const login: Call = async (context, { readJwt, tokens, maxBody }) => {
  context.set('access-control-allow-origin', '*');
  const claims = await readJwt(textOf(await readParameters(context, maxBody), 'jwt'));
  if (claims === undefined) throw new RelayError('unauthorized', 'jwt decode fail');
  return `${JSON.stringify({ token: tokens.issue(claims) })}\n`;
};

/** Shows what a JWT says. */
export const decodeJwt: Call = async (context, { readJwt, maxBody }) => {
  const claims = await readJwt(textOf(await readParameters(context, maxBody), 'data'));
  if (claims === undefined) throw new RelayError('invalid', 'data error');
  return `${JSON.stringify({ gusher: claims })}\n`;
};

/** What the nodes say of themselves: this one. */
export const nodes: Call = (context, { clock, version, sessions, socketPort }) => {
  const port = socketPort ?? context.req.socket.localPort ?? 0;
  return `${JSON.stringify(nodeInfos({ clock, version, port, connections: sessions.size }))}\n`;
};

/** @throws RelayError `invalid` with the refusal */
function readJson(text: string, refusal: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RelayError('invalid', refusal, { cause });
  }
}

/** @throws RelayError `invalid` for what is nested too deeply to be written again */
function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new RelayError('invalid', 'data error', { cause });
  }
}
