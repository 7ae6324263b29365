// Lists the transports, one line each. Not here: how one works; each has its folder.
import type { FcmConfig } from './fcm/config.ts';
import type { RunningTransport, TransportTools } from './transport.ts';
import type { WebhookConfig } from './webhook/config.ts';
import { webhook } from './webhook/index.ts';
import type { WebpushConfig } from './webpush/config.ts';
import { webpush } from './webpush/index.ts';
import { type WebsocketConfig, websocket } from './websocket/index.ts';

/** The sections of the config that the transports read. */
export interface TransportsConfig {
  readonly websocket: WebsocketConfig;
  readonly webhook: WebhookConfig;
  readonly webpush: WebpushConfig;
  readonly fcm: FcmConfig;
}

/**
 * Makes every transport that is enabled. Rejects with RelayError when one cannot run as it is configured.
 * FCM is loaded only where it is configured.
 */
export async function createTransports(config: TransportsConfig, tools: TransportTools): Promise<RunningTransport[]> {
  return [
    websocket.create(config.websocket, tools),
    webhook.create(config.webhook, tools),
    ...(config.webpush.enabled ? [webpush.create(config.webpush, tools)] : []),
    ...(config.fcm.serviceAccount === undefined
      ? []
      : [(await import('./fcm/index.ts')).fcm.create(config.fcm, tools)]),
  ];
}
