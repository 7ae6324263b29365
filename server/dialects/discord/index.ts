// Webhooks in Discord's form: programs that post to Discord send here.
import { isObject, type JsonObject, parseObject } from '../../../shared/object.ts';
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { chatList, chatText } from '../../templates/chat.ts';
import { readDiscord } from '../../templates/discord.ts';
import type { RunningDialect } from '../dialect.ts';
import { chatContent } from '../kit/chat.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap, type SentFields } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections } from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';

/** The relay, as this dialect sees it. */
export interface DiscordPorts extends KeySendPorts {
  readonly clock: Clock;
}

/** The sections of the config that the dialect reads. */
export interface DiscordSections extends KeySendSections {
  readonly discord: { readonly enabled: boolean };
}

/** Paths of webhooks, in all versions of Discord's interface that programs use. */
const HOOKS = ['/api', ...[6, 7, 8, 9, 10, 11].map((version) => `/api/v${version}`)].map((path) => `${path}/webhooks`);
const refused = (status: number, message: string, code: number, headers = {}) =>
  json({ message, code }, status, headers);
const EMPTY = { message: 'Cannot send an empty message', code: 50006 };

function payloadOf(fields: SentFields): JsonObject {
  const map = new FieldMap(fields);
  const told = map.text('payload_json');
  const payload =
    fields.json ?? (told === '' ? { content: map.text('content'), username: map.text('username') } : parseObject(told));
  if (!isObject(payload)) throw new RelayError('invalid', 'the request body contains invalid JSON');
  return payload;
}

/** Discord's form. */
export const discord = {
  name: 'discord',
  paths: { socket: [] },
  create(ports: DiscordPorts, config: DiscordSections): RunningDialect | undefined {
    if (!config.discord.enabled) return undefined;
    const sends = createKeySends('discord', ports, config);

    const callerOf = (request: HttpRequest, key: string) => sends.caller(request, key, '/discord/:key');
    /** The id in the path. It means nothing here. */
    const idOf = (params: readonly string[]) => params.slice(0, -1).find((one) => /^\d{1,20}$/.test(one)) ?? '0';

    function answer(request: HttpRequest, params: readonly string[]): Promise<HttpAnswer> {
      const key = params.at(-1) ?? '';
      return request.method === 'POST' ? send(request, key, idOf(params)) : show(request, key, idOf(params));
    }

    async function show(request: HttpRequest, key: string, id: string): Promise<HttpAnswer> {
      const { name } = await callerOf(request, key);
      const none = { avatar: null, guild_id: null, application_id: null };
      return json({ id, type: 1, name, ...none, channel_id: id, token: key });
    }

    async function send(request: HttpRequest, key: string, id: string): Promise<HttpAnswer> {
      const caller = await callerOf(request, key);
      const fields = await sends.fields(request);
      const payload = payloadOf(fields);
      const message = readDiscord(payload);
      const isEmpty = message.titles[0] === '' && message.paragraphs.length === 0;
      if (isEmpty && fields.files.length === 0) throw new RelayError('invalid', EMPTY.message);
      // `wait` is Discord's own word here: whether the sender wants the message back.
      const isAsked = /^(?:true|1)$/i.test(request.parameter('wait') ?? '');
      const content = chatContent('discord', caller.key, message, fields.files);
      const { mid } = await sends.send(request, caller, { content, wait: 0 });
      if (!isAsked) return { status: 204, headers: {}, body: '' };
      const username = chatText(payload, 'username') || caller.name;
      return json({
        id: mid,
        type: 0,
        content: chatText(payload, 'content'),
        channel_id: id,
        webhook_id: id,
        author: { id, username, bot: true, avatar: null },
        embeds: chatList(payload, 'embeds'),
        ...{ attachments: [], mentions: [], mention_roles: [], mention_everyone: false, pinned: false, tts: false },
        ...{ timestamp: new Date(ports.clock.now()).toISOString(), edited_timestamp: null, flags: 0, components: [] },
      });
    }

    return {
      routes: senderRoutes('/discord', config.http.maxBody, [
        {
          paths: HOOKS.map((path) => `${path}/:id/:key`),
          below: ['/:key'],
          methods: ['GET', 'POST'],
          answer,
        },
        {
          paths: HOOKS.map((path) => `${path}/:id/:key/messages/:mid`),
          below: [],
          methods: ['GET', 'PATCH', 'DELETE'],
          answer: () => refused(404, 'Unknown Message', 10008),
        },
      ]),
      fail(error) {
        const { status, headers } = refusalHead(error);
        const { code, message } = error;
        if (code === 'unauthorized' || code === 'revoked') return refused(404, 'Unknown Webhook', 10015, headers);
        if (code === 'not_found') return refused(404, 'Unknown Channel', 10003, headers);
        if (code === 'forbidden') return refused(403, message, 50013, headers);
        if (message === EMPTY.message) return refused(400, message, EMPTY.code);
        return refused(status, message, code === 'invalid' ? 50109 : 0, headers);
      },
    };
  },
};
