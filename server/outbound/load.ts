// Loads the libraries that send requests. They take much memory, and many relays need them late or never.
import { createRequire } from 'node:module';
import type { AxiosStatic } from 'axios';

// Unlike `import`, `require` tries again after a failure, such as a lack of file descriptors.
const require = createRequire(import.meta.url);

/** Returns a CommonJS module, which the first call loads. @throws what loading throws; the next call tries again */
export function load(name: string): unknown {
  return require(name);
}

/** Returns axios, as {@link load} does. */
export function loadAxios(): AxiosStatic {
  return load('axios') as AxiosStatic;
}

/** What {@link preload} loads at start. */
export interface NeededParts {
  /** Whether the relay will certainly send requests. */
  readonly requests: boolean;
  /** Whether a proxy is configured. Proxies come from the config only. */
  readonly tunnels: boolean;
}

/** Loads the libraries at start, so that later requests work even if the process can open no more files by then. */
export async function preload({ requests, tunnels }: NeededParts): Promise<void> {
  if (requests || tunnels) loadAxios();
  if (requests) await import('./http2.ts');
  if (tunnels) await import('./tunnel.ts');
}
