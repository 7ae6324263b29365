// How an application server in the test's own process reaches the service. One in a process of its own needs `appEnv`.
import https from 'node:https';
import tls from 'node:tls';
import { onCleanup } from '../cleanup.ts';
import type { PushService } from './index.ts';

/** Trusts the certificate of the service, for its https endpoints. */
export function trustingAgent(service: PushService, options: https.AgentOptions = {}): https.Agent {
  return new https.Agent({ ...options, ...(service.caPem === undefined ? {} : { ca: service.caPem }) });
}

/** Has every TLS connection of this process trust this certificate, and no other, until the test is over. */
export function trustInProcess(caPem: string): void {
  const { createSecureContext } = tls;
  tls.createSecureContext = (options) => createSecureContext({ ca: caPem, ...options });
  onCleanup(() => {
    tls.createSecureContext = createSecureContext;
  });
}
