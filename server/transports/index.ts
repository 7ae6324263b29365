// The list of the transports, one line each. Not here: how one works; each has its folder.
import type { RunningTransport, TransportTools } from './transport.ts';
import type { WebhookConfig } from './webhook/config.ts';
import { webhook } from './webhook/index.ts';
import { type WebsocketConfig, websocket } from './websocket/index.ts';

/** The sections of the config that the transports read. */
export interface TransportsConfig {
  readonly websocket: WebsocketConfig;
  readonly webhook: WebhookConfig;
}

/** Makes every transport of a relay. */
export function createTransports(config: TransportsConfig, tools: TransportTools): RunningTransport[] {
  return [websocket.create(config.websocket, tools), webhook.create(config.webhook, tools)];
}
