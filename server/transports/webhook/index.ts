// Messages to HTTP targets: the shape of a request, its way through proxies, and what an answer means.
// Not here: when to try again and in which order; the outbox of each device decides that.
import type { Readable } from 'node:stream';
import axios, { isAxiosError } from 'axios';
import { z } from 'zod';
import type { Outcome } from '../../delivery/ports.ts';
import { httpUrl } from '../settings.ts';
import type { RunningTransport, TransportModule, TransportTools } from '../transport.ts';
import { type Agents, createAgents } from './agents.ts';
import { discard, outcomeOf, RETRY_CAP } from './answer.ts';
import type { WebhookClient, WebhookConfig } from './config.ts';
import { buildRequest, type WebhookRequest } from './request.ts';

const webhookAddress: z.ZodType<WebhookClient> = z.object({
  name: z.string(),
  group: z.array(z.string()),
  url: httpUrl('Where messages are sent.'),
  method: z.enum(['GET', 'POST']),
  proxy: z.string().optional(),
  secret: z.string().optional(),
});

/** The webhook transport; an address is an entry of `webhook.clients`. */
export const webhook: TransportModule<WebhookConfig> = {
  name: 'webhook',
  create: (config, tools) =>
    createWebhook(config, tools, createAgents({ clock: tools.clock, timeout: config.timeout })),
};

/** What of the config section a running transport uses. */
export type WebhookSettings = Pick<WebhookConfig, 'retryTimeout' | 'timeout' | 'proxy'>;

/** The transport over the given connections, which it closes in the end. */
export function createWebhook(
  config: WebhookSettings,
  tools: Pick<TransportTools, 'clock' | 'token'>,
  agents: Agents,
): RunningTransport {
  const { clock } = tools;
  const attempts = new Set<AbortController>();
  let closed = false;

  return {
    name: 'webhook',
    window: 1,
    awaitsAcknowledgement: false,
    statuses: { retrying: 'wait' },
    retry: { base: config.retryTimeout, cap: RETRY_CAP },

    async deliver(_device, address, message, signal) {
      const target = webhookAddress.safeParse(address);
      if (!target.success) return { kind: 'gone', reason: 'the address is no webhook target' };
      if (closed || signal.aborted) return { kind: 'retry', reason: 'aborted' };
      const proxy = target.data.proxy ?? config.proxy;
      const request = buildRequest(target.data, message, tools.token);
      const attempt = new AbortController();
      const abort = () => attempt.abort();
      let late = false;
      const timer = clock.setTimeout(() => {
        late = true;
        abort();
      }, config.timeout);
      signal.addEventListener('abort', abort, { once: true });
      attempts.add(attempt);
      try {
        return await tryOnce(request, proxy, attempt.signal);
      } catch (error) {
        if (late) return { kind: 'retry', reason: `no answer within ${config.timeout} ms` };
        return { kind: 'retry', reason: attempt.signal.aborted ? 'aborted' : faultOf(error) };
      } finally {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        attempts.delete(attempt);
      }
    },

    async close() {
      closed = true;
      for (const attempt of attempts) attempt.abort();
      agents.destroy();
    },
  };

  async function tryOnce(request: WebhookRequest, proxy: string | undefined, signal: AbortSignal): Promise<Outcome> {
    const response = await send(request, proxy, signal).catch((error: unknown) => {
      // A kept connection that the target closed in that moment says nothing about the target.
      if (isAxiosError(error) && error.code === 'ECONNRESET' && error.request?.reusedSocket === true) {
        return send(request, proxy, signal);
      }
      throw error;
    });
    await discard(response.data, clock, signal);
    return outcomeOf(response, clock.now());
  }

  function send(request: WebhookRequest, proxy: string | undefined, signal: AbortSignal) {
    const { method, url, headers, body } = request;
    return axios.request<Readable>({
      ...agents.wayTo(url, proxy),
      adapter: 'http',
      method,
      url: url.href,
      headers: { ...headers, host: url.host, 'accept-encoding': 'identity' },
      ...(body === undefined ? {} : { data: body }),
      signal,
      // A redirect would carry the token to somebody else.
      maxRedirects: 0,
      decompress: false,
      responseType: 'stream',
      validateStatus: () => true,
    });
  }
}

/** A word or two that hold nothing of the request: the target's address may bear a password. */
function faultOf(error: unknown): string {
  const code: unknown = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'the request failed';
}
