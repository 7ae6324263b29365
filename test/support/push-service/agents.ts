// Lets an application server in the test's own process reach the service. One in another process needs `appEnv`.
import https from 'node:https';
import tls from 'node:tls';
import { onCleanup } from '../cleanup.ts';
import type { PushService } from './index.ts';

/** An agent that trusts the certificate of the service, for its https endpoints. */
export function trustingAgent(service: PushService, options: https.AgentOptions = {}): https.Agent {
  return new https.Agent({ ...options, ...(service.caPem === undefined ? {} : { ca: service.caPem }) });
}

/** Makes every TLS connection of this process trust only this certificate, until the test is over. */
export function trustInProcess(caPem: string): void {
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => createSecureContext({ ca: caPem, ...options });
  onCleanup(() => {
    tls.createSecureContext = createSecureContext;
  });
}
