// Whether this machine reaches the push services that the devices use.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { REGISTRY_FILE, registrySchema } from '../../backends/embedded/registry.ts';
import { systemClock } from '../../base/clock.ts';
import type { LoadedConfig } from '../../config/load.ts';
import type { Client } from '../../outbound/client.ts';
import { createOutbound } from '../../outbound/outbound.ts';
import { type Finding, fine, problem, skipped } from './finding.ts';

/** Longest time in ms for one answer. Firewalls that drop packets let requests hang. */
const TIMEOUT = 8000;
const MAX_SOCKETS = 8;

type Config = Pick<LoadedConfig['config'], 'webpush' | 'fcm' | 'storage'>;

/** Something to reach, and the proxy to it. */
interface Service {
  readonly url: string;
  readonly proxy: string | undefined;
}

/** The push services of the registered devices, each once. */
async function servicesOf(dir: string): Promise<string[]> {
  const text = await readFile(join(dir, REGISTRY_FILE), 'utf8').catch(() => undefined);
  const { data } = registrySchema.safeParse(text === undefined ? undefined : JSON.parse(text));
  const origins = (data?.devices ?? []).flatMap(({ routes }) => {
    const { endpoint } = Object(routes['webpush']) as { readonly endpoint?: unknown };
    return typeof endpoint === 'string' && URL.canParse(endpoint) ? [new URL(endpoint).origin] : [];
  });
  return [...new Set(origins)];
}

async function reach(client: Client, { url, proxy }: Service, signal: AbortSignal): Promise<Finding> {
  const answer = await client.send({ method: 'GET', url: new URL(url), headers: {}, proxy }, signal);
  // Whatever it answers to such a request: it is there.
  if (answer.fault === undefined) return fine('push', `${url} can be reached`);
  return problem(
    'push',
    `${url} cannot be reached: ${answer.fault}`,
    'open the firewall for it, or set webpush.proxy or fcm.proxy; docs/phone.md names the service of each browser',
  );
}

/**
 * Tries each push service.
 * @param ca certificates to trust in place of Node's
 */
export async function checkPush(
  { webpush, fcm, storage }: Config,
  signal: AbortSignal,
  ca?: string,
): Promise<Finding[]> {
  const browsers = webpush.enabled ? await servicesOf(storage.dir) : [];
  const services: Service[] = [
    ...browsers.map((url) => ({ url, proxy: webpush.proxy })),
    ...(fcm.serviceAccount === undefined ? [] : [{ url: fcm.endpoint, proxy: fcm.proxy }]),
  ];
  if (services.length === 0) return [skipped('push', 'no device gets pushes yet')];
  const outbound = createOutbound({ clock: systemClock, maxSockets: MAX_SOCKETS, ...(ca === undefined ? {} : { ca }) });
  const client = outbound.client({ timeout: TIMEOUT });
  try {
    return await Promise.all(services.map((service) => reach(client, service, signal)));
  } finally {
    outbound.close();
  }
}
