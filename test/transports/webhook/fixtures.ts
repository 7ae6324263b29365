// What the webhook tests share: the transport on a fake clock, and targets that end with the test. No test lives here.

import { createClock } from '@sinonjs/fake-timers';
import type { Outcome } from '../../../server/delivery/ports.ts';
import { createOutbound } from '../../../server/outbound/outbound.ts';
import type { RunningTransport } from '../../../server/transports/transport.ts';
import type { WebhookClient } from '../../../server/transports/webhook/config.ts';
import { createWebhook } from '../../../server/transports/webhook/index.ts';
import type { WireMessage } from '../../../shared/message.ts';
import { onCleanup } from '../../support/cleanup.ts';
import { eventually } from '../../support/eventually.ts';
import { fromWire } from '../../support/message.ts';
import { type Answer, type Certificate, type Running, startTarget } from './servers.ts';

const NOW = Date.UTC(2026, 10, 22, 1, 0, 0);
/** What `start` sets as the longest wait for an answer, ms. */
export const TIMEOUT = 10_000;
const MESSAGE: WireMessage = {
  sendType: 'personal',
  target: 'wh',
  from: { method: 'http', name: 'cron' },
  message: { text: 'a b', desp: '', extra: { n: 1 } },
  mid: '1795298858174',
};
/** What a POST of the message carries. */
export const PACKET = `{"cmd":"MESSAGE","data":${JSON.stringify(MESSAGE)}}`;

/** An address where nobody listens; a free port might be given to another test meanwhile. */
export const NOBODY = 'http://127.0.0.1:1';

/** Closes it after the test. */
export function kept<T extends { close(): Promise<void> }>(one: T): T {
  onCleanup(() => one.close());
  return one;
}

/** A target that ends with the test. */
export async function target(answer?: Answer, tls?: Certificate): Promise<Running> {
  return kept(await startTarget(answer, tls));
}

/** The address of a target. */
export function client(url: string, over: Partial<WebhookClient> = {}): WebhookClient {
  return { name: 'wh', group: [], url, method: 'POST', proxy: undefined, secret: undefined, ...over };
}

/** The transport; `deliver` sends one message to an address. */
export function start(over: { proxy?: string; ca?: string } = {}) {
  const fake = createClock(NOW);
  const clock = {
    now: () => fake.now,
    monotonic: () => fake.now - NOW,
    setTimeout: (run: () => void, ms: number) => fake.setTimeout(run, ms),
    clearTimeout: (timer: unknown) => fake.clearTimeout(timer as ReturnType<typeof fake.setTimeout>),
  };
  const transport: RunningTransport = kept(
    createWebhook(
      { retryTimeout: 3000, proxy: over.proxy },
      { token: () => 'secret' },
      createOutbound({ clock, maxSockets: 64, ...(over.ca === undefined ? {} : { ca: over.ca }) }).client({
        timeout: TIMEOUT,
      }),
    ),
  );
  const deliver = async (address: unknown, signal = new AbortController().signal): Promise<Outcome> =>
    transport.deliver('wh', address, fromWire(MESSAGE), signal);
  return { transport, fake, deliver };
}

/** Resolves once the server has no connection left. */
export function gone(server: Running): Promise<number> {
  return eventually('the server has no connection', () => server.sockets.open.size, { until: (size) => size === 0 });
}
