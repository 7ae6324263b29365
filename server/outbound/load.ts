// Loads the libraries that send requests. Most relays need them late or never, and they are a large part of its memory.
import { createRequire } from 'node:module';
import type { AxiosStatic } from 'axios';

// Unlike `import`, `require` tries again after a failure, such as one for want of a file descriptor.
const require = createRequire(import.meta.url);

/** A CommonJS module, loaded by the first call. @throws what loading throws; the next call tries again */
export function load(name: string): unknown {
  return require(name);
}

/** As {@link load}. */
export function loadAxios(): AxiosStatic {
  return load('axios') as AxiosStatic;
}

/** What the config asks for, to be loaded at start. */
export interface NeededParts {
  /** Whether requests are certain, and not only possible. */
  readonly requests: boolean;
  /** Whether a proxy is configured. Proxies come from the config only. */
  readonly tunnels: boolean;
}

/** Loads what the config asks for, so that a request that is due later does not depend on files that can be opened. */
export async function preload({ requests, tunnels }: NeededParts): Promise<void> {
  if (requests || tunnels) loadAxios();
  if (tunnels) await import('./tunnel.ts');
}
