// Webhooks in Discord's form: programs that post to Discord send here.
import type { JsonObject } from '../../../shared/object.ts';
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { chatList, chatText } from '../../templates/chat.ts';
import { readDiscord } from '../../templates/discord.ts';
import type { RunningDialect } from '../dialect.ts';
import { chatContent, chatPayload, DISCORD_PATHS } from '../kit/chat.ts';
import { refusalHead } from '../kit/errors.ts';
import { FieldMap } from '../kit/fields.ts';
import { type HttpAnswer, type HttpRequest, json } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections } from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';
import { requireProof } from '../kit/signature.ts';
import type { Templates } from '../kit/templates.ts';

/** The relay, as this dialect sees it. */
export interface DiscordPorts extends KeySendPorts {
  readonly clock: Clock;
  readonly templates: Pick<Templates, 'find' | 'read'>;
}

/** The sections of the config that the dialect reads. */
export interface DiscordSections extends KeySendSections {
  readonly discord: { readonly enabled: boolean };
}

const refused = (status: number, message: string, code: number, headers = {}) =>
  json({ message, code }, status, headers);
const NOTHING: HttpAnswer = { status: 204, headers: {}, body: '' };
const NO_JSON = 'the request body contains invalid JSON';
const EMPTY = { message: 'Cannot send an empty message', code: 50006 };

/** A message that was sent. */
interface Sent {
  readonly mid: string;
  /** The id in the path. */
  readonly id: string;
  /** Of the key. */
  readonly name: string;
  readonly payload: JsonObject;
}

/** Discord's form. */
export const discord = {
  name: 'discord',
  paths: { socket: [] },
  create(ports: DiscordPorts, config: DiscordSections): RunningDialect | undefined {
    if (!config.discord.enabled) return undefined;
    const { templates } = ports;
    const sends = createKeySends('discord', ports, config);

    const callerOf = (request: HttpRequest, key: string) => sends.caller(request, key, '/discord/:key');
    /** The id in the path. It means nothing here. */
    const idOf = (params: readonly string[]) => params.slice(0, -1).find((one) => /^\d{1,20}$/.test(one)) ?? '0';

    const answer = (request: HttpRequest, params: readonly string[]): Promise<HttpAnswer> =>
      request.method === 'POST' ? send(request, params) : show(request, params.at(-1) ?? '', idOf(params));

    async function show(request: HttpRequest, key: string, id: string): Promise<HttpAnswer> {
      const { name } = await callerOf(request, key);
      const none = { avatar: null, guild_id: null, application_id: null };
      return json({ id, type: 1, name, ...none, channel_id: id, token: key });
    }

    /** The answer to a message that was sent. `wait` is Discord's own word here: whether the sender wants the message back. */
    function sent(request: HttpRequest, { mid, id, name, payload }: Sent): HttpAnswer {
      if (!/^(?:true|1)$/i.test(request.parameter('wait') ?? '')) return NOTHING;
      const username = chatText(payload, 'username') || name;
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

    /** The sender, what it sent, and the JSON of that. */
    async function read(request: HttpRequest, params: readonly string[], field: string) {
      const caller = await callerOf(request, params.at(-1) ?? '');
      const fields = await sends.fields(request);
      const { payload, texts } = chatPayload(fields, field);
      requireProof(caller, { headers: request.headers, texts, now: ports.clock.now() });
      return { caller, fields, payload };
    }

    async function send(request: HttpRequest, params: readonly string[]): Promise<HttpAnswer> {
      const { caller, fields, payload: found } = await read(request, params, 'payload_json');
      const map = new FieldMap(fields);
      const isForm = fields.json === undefined && map.text('payload_json') === '';
      const payload = isForm ? { content: map.text('content'), username: map.text('username') } : found;
      if (payload === undefined) throw new RelayError('invalid', NO_JSON);
      const message = readDiscord(payload);
      const isEmpty = message.titles[0] === '' && message.paragraphs.length === 0;
      if (isEmpty && fields.files.length === 0) throw new RelayError('invalid', EMPTY.message);
      const content = chatContent('discord', caller.key, message, fields.files);
      const { mid } = await sends.send(request, caller, { content, wait: 0 });
      return sent(request, { mid, id: idOf(params), name: caller.name, payload });
    }

    /** A webhook of GitHub, as Discord takes it, too. */
    async function github(request: HttpRequest, params: readonly string[]): Promise<HttpAnswer> {
      const { caller, payload } = await read(request, params, 'payload');
      if (payload === undefined) throw new RelayError('invalid', NO_JSON);
      const header = (name: string) => request.header(name);
      const reading = templates.read({ body: payload, header }, await templates.find('github'), caller.name);
      if ('ignored' in reading) return NOTHING;
      const { as, content, repeats } = reading;
      const { mid } = await sends.send(request, caller, { content, repeats, template: as, wait: 0 });
      return sent(request, { mid, id: idOf(params), name: caller.name, payload: {} });
    }

    return {
      routes: senderRoutes('/discord', config.http.maxBody, [
        {
          paths: DISCORD_PATHS,
          below: ['/:key'],
          methods: ['GET', 'POST'],
          answer,
        },
        {
          paths: DISCORD_PATHS.map((path) => `${path}/github`),
          below: ['/:key/github'],
          methods: ['POST'],
          answer: github,
        },
        {
          paths: DISCORD_PATHS.map((path) => `${path}/messages/:mid`),
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
