// Webhooks in Slack's form: programs that post to Slack, Mattermost or Rocket.Chat send here.
import type { Clock } from '../../base/clock.ts';
import { RelayError } from '../../base/errors.ts';
import { readSlack } from '../../templates/slack.ts';
import type { RunningDialect } from '../dialect.ts';
import { chatContent, chatPayload, DISCORD_PATHS } from '../kit/chat.ts';
import { refusalHead } from '../kit/errors.ts';
import type { HttpAnswer, HttpRequest } from '../kit/http-message.ts';
import { createKeySends, type KeySendPorts, type KeySendSections } from '../kit/key-sends.ts';
import { senderRoutes } from '../kit/sender-routes.ts';
import { requireProof } from '../kit/signature.ts';

/** The relay, as this dialect sees it. */
export interface SlackPorts extends KeySendPorts {
  readonly clock: Pick<Clock, 'now'>;
}

/** The sections of the config that the dialect reads. */
export interface SlackSections extends KeySendSections {
  readonly slack: { readonly enabled: boolean };
}

/** Some senders take nothing but these two bytes for success, and would look into JSON. */
const text = (status: number, body: string, headers = {}): HttpAnswer => ({
  status,
  headers: { 'content-type': 'text/html', ...headers },
  body,
});

/** Slack's form. */
export const slack = {
  name: 'slack',
  paths: { socket: [] },
  create(ports: SlackPorts, config: SlackSections): RunningDialect | undefined {
    if (!config.slack.enabled) return undefined;
    const sends = createKeySends('slack', ports, config);

    async function send(request: HttpRequest, params: readonly string[], isMarkdown = false): Promise<HttpAnswer> {
      const caller = await sends.caller(request, params.at(-1) ?? '', '/slack/:key');
      const { payload, texts } = chatPayload(await sends.fields(request), 'payload');
      requireProof(caller, { headers: request.headers, texts, now: ports.clock.now() });
      if (payload === undefined) throw new RelayError('invalid', 'invalid_payload');
      const message = readSlack(payload, isMarkdown);
      if (message === undefined) throw new RelayError('invalid', 'no_text');
      await sends.send(request, caller, { content: chatContent('slack', caller.key, message) });
      return text(200, 'ok');
    }

    return {
      routes: senderRoutes('/slack', config.http.maxBody, [
        {
          paths: [
            '/services/:key',
            '/services/:team/:key',
            '/services/:team/:channel/:key',
            ...[...DISCORD_PATHS, '/discord/:key'].map((path) => `${path}/slack`),
          ],
          below: ['/:key'],
          methods: ['POST'],
          answer: (request, params) => send(request, params),
        },
        {
          // Those of Mattermost and of Rocket.Chat, which some programs add to the host themselves.
          paths: ['/hooks/:key', '/hooks/:id/:key'],
          methods: ['POST'],
          answer: (request, params) => send(request, params, true),
        },
      ]),
      fail(error) {
        const { status, headers } = refusalHead(error);
        const { code, message } = error;
        if (code === 'unauthorized' || code === 'revoked') return text(404, 'no_service', headers);
        if (code === 'not_found') return text(404, 'channel_not_found', headers);
        if (code === 'forbidden') return text(403, 'action_prohibited', headers);
        const isWord = code === 'invalid' && /^(?:no_text|invalid_payload)$/.test(message);
        return text(status, code === 'invalid' && !isWord ? 'invalid_payload' : message, headers);
      },
    };
  },
};
