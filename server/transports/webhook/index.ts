// Messages to HTTP targets, and what an answer means. Not here: what a request looks like (request.ts), and when a
// message is tried and in which order (the outbox of each device).
import { z } from 'zod';
import { httpUrl } from '../../config/config-fields.ts';
import type { Client } from '../../outbound/client.ts';
import { RETRY_CAP } from '../../outbound/retry-after.ts';
import { parseOnce } from '../parse-once.ts';
import type { RunningTransport, TransportModule, TransportTools } from '../transport.ts';
import type { WebhookClient, WebhookConfig } from './config.ts';
import { buildRequest } from './request.ts';

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
  create: (config, tools) => createWebhook(config, tools, tools.outbound.client({ timeout: config.timeout })),
};

/** The part of the config section that the transport uses. */
export type WebhookSettings = Pick<WebhookConfig, 'retryTimeout' | 'proxy'>;

/** Makes the transport. It owns `client` and closes it at the end. */
export function createWebhook(
  config: WebhookSettings,
  { token }: Pick<TransportTools, 'token'>,
  client: Client,
): RunningTransport {
  const read = parseOnce((address) => webhookAddress.safeParse(address));

  return {
    name: 'webhook',
    window: 1,
    awaitsAcknowledgement: false,
    statuses: { retrying: 'wait' },
    retry: { base: config.retryTimeout, cap: RETRY_CAP },

    async deliver(_device, address, message, signal) {
      // Where nodes share the devices, the config of another node has it.
      if (address === undefined) return { kind: 'retry', reason: 'webhook.clients of this node lacks the target' };
      const { data: target } = read(address);
      if (target === undefined) return { kind: 'gone', reason: 'the address is not a webhook target' };
      const proxy = target.proxy ?? config.proxy;
      const answer = await client.send({ ...buildRequest(target, message, token()), proxy }, signal);
      if (answer.fault !== undefined) return { kind: 'retry', reason: answer.fault };
      const { status, words, after } = answer;
      if (status >= 200 && status < 300) return { kind: 'confirmed' };
      return { kind: 'retry', reason: words, ...(after === undefined ? {} : { after }) };
    },

    async close() {
      client.close();
    },
  };
}
