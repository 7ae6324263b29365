// Builds the gallery into a folder of its own and serves it with the page's own Content-Security-Policy.
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { silentLogger } from '../../../server/base/logger.ts';
import { createApp, ownerOf } from '../../../server/http/app.ts';
import { pageRoutes } from '../../../server/http/page.ts';

export interface Gallery {
  readonly url: string;
  close(): Promise<void>;
}

export async function openGallery(): Promise<Gallery> {
  const outDir = await mkdtemp(join(tmpdir(), 'herald-gallery-'));
  await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', import.meta.url)),
    base: './',
    build: { outDir, emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
    oxc: { jsx: { importSource: 'preact' } },
  });
  const owners = [ownerOf('gallery', pageRoutes(outDir))];
  const server = createServer(createApp({ owners, basePath: '', trustProxy: false, logger: silentLogger }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(outDir, { recursive: true, force: true });
    },
  };
}
