// webman's sample endpoints. They sign for anyone, so they exist only for apps that switch them on.
import { isObject } from '../../../../shared/object.ts';
import { RelayError } from '../../../base/errors.ts';
import { hmacHex } from '../../../base/hmac.ts';
import { type App, activeKey } from '../../../channel/app.ts';
import { checkChannelName, kindOfChannel } from '../../../channel/channel-name.ts';
import { json } from '../../kit/http-message.ts';
import type { Route } from '../../kit/route.ts';
import { parse, toJson } from '../frames.ts';
import type { PusherConfig, PusherPorts } from '../ports.ts';
import { phpJson } from '../session/authorize.ts';
import { channelText } from '../signature.ts';
import { watchApps } from '../watch-apps.ts';
import { type Fields, MAX_BODY, readFields, readSocketId } from './fields.ts';

const SAMPLE_PATHS = ['/subscribe/private/auth', '/subscribe/presence/auth', '/subscribe/auth'] as const;

/** The member of a presence channel when the request names none. */
const SAMPLE_MEMBER = { user_id: '100', user_info: "{'name':'John','sex':'man'}" };

/** Logs a warning for every app that switches the endpoints on, now or later. */
function warnOfSampleAuth({ apps, logger }: Pick<PusherPorts, 'apps' | 'logger'>): void {
  const warned = new Set<string>();
  watchApps(apps, (id, app) => {
    if (app?.sampleAuth !== true) warned.delete(id);
    else if (!warned.has(id)) {
      warned.add(id);
      logger.warn({ app: id }, 'sampleAuth signs subscriptions for anyone');
    }
  });
}

/** The sample endpoints. As long as no app switches them on, they leave their paths to other dialects. */
export function sampleRoutes(ports: Pick<PusherPorts, 'apps' | 'logger'>, { http }: PusherConfig): Route[] {
  warnOfSampleAuth(ports);
  return SAMPLE_PATHS.map((pattern) => ({
    method: 'POST',
    pattern,
    limit: MAX_BODY,
    async answer(request) {
      const apps = ports.apps.list().filter(({ sampleAuth, enabled }) => sampleAuth && enabled);
      if (apps.length === 0) return undefined;
      if (http.cors) request.answerHeaders['access-control-allow-origin'] = request.header('origin') || '*';
      const fields = await readFields(request);
      const key = fields('app_key');
      const app = key === '' ? apps[0] : apps.find(({ keys }) => keys.some((candidate) => candidate.key === key));
      if (app === undefined) throw new RelayError('forbidden', 'Invalid app_key');
      return json(answer(app, fields, pattern));
    },
  }));
}

function answer(app: App, fields: Fields, path: (typeof SAMPLE_PATHS)[number]): object {
  const channel = fields('channel_name');
  if (channel === '') throw new RelayError('invalid', 'Required channel_name');
  const kind = kindOfChannel(channel);
  const wanted = path.split('/')[2];
  const fits = wanted === 'presence' ? kind.presence : wanted === 'private' ? !kind.presence : true;
  if (checkChannelName(channel, app.limits.channelNameLen) !== undefined || !kind.private || !fits) {
    throw new RelayError('invalid', 'Invalid channel_name');
  }
  const socketId = readSocketId(fields);
  const key = activeKey(app);
  if (key === undefined) throw new RelayError('forbidden', 'the app has no active key');
  const auth = (data?: string) => `${key.key}:${hmacHex(key.secret, channelText(socketId, channel, data))}`;
  if (!kind.presence) return { auth: auth() };
  const given = parse(fields('channel_data'));
  const member = isObject(given) ? given : SAMPLE_MEMBER;
  const data = app.webman ? phpJson(member) : toJson(member);
  if (data === undefined) throw new RelayError('invalid', 'Invalid channel_data');
  // webman's clients expect the object itself, all others the text that was signed.
  return { channel_data: app.webman ? member : data, auth: auth(data) };
}
