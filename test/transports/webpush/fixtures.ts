// A push service and a browser in a test's hands, closed after it. No test lives here.
import { createECDH } from 'node:crypto';
import { onCleanup } from '../../support/cleanup.ts';
import { type PushService, startPushService } from '../../support/push-service/index.ts';
import { VirtualUserAgent } from '../../support/push-service/virtual-ua.ts';

/** A running push service. */
export async function pushService(): Promise<PushService> {
  const service = await startPushService();
  onCleanup(() => service.close());
  return service;
}

/** A browser that is connected to it. */
export async function browser(service: PushService): Promise<VirtualUserAgent> {
  const ua = await new VirtualUserAgent(service.wsUrl).connect();
  onCleanup(() => ua.disconnect());
  return ua;
}

/** Keys that a subscription may have. */
export function subscriptionKeys(): { auth: string; p256dh: string } {
  const ecdh = createECDH('prime256v1');
  return { auth: Buffer.alloc(16, 7).toString('base64url'), p256dh: ecdh.generateKeys('base64url') };
}
