// The library web-push as its README uses it: what a program without a relay would do.
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import webPush from 'web-push';
import type { BrowserSubscription } from '../clients/push-service.ts';
import { answerCalls } from '../support/calls.ts';
import type { Work } from '../support/slices.ts';

/** The pushes to send. */
export interface LibraryCall {
  /** File with the certificate of the push service. */
  readonly cert: string;
  readonly subscriptions: readonly BrowserSubscription[];
  readonly ms: number;
  readonly concurrency: number;
  readonly payload: string;
}

const keys = webPush.generateVAPIDKeys();
let agent: Agent | undefined;

answerCalls({
  async push({ cert, subscriptions, ms, concurrency, payload }: LibraryCall): Promise<Work> {
    agent ??= new Agent({ keepAlive: true, maxFreeSockets: 256, ca: readFileSync(cert) });
    const options = {
      agent,
      vapidDetails: { subject: 'mailto:bench@example.com', ...keys },
      contentEncoding: 'aes128gcm',
    } as const;
    const started = performance.now();
    let count = 0;
    const run = async () => {
      while (performance.now() < started + ms) {
        const to = subscriptions[count % subscriptions.length];
        count += 1;
        if (to !== undefined) await webPush.sendNotification(to, payload, options);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, run));
    return { count, ms: performance.now() - started };
  },
});
