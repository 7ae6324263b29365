// How the page and its service worker are built: into dist/pwa, which the relay serves at `/`.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { VitePWA } from 'vite-plugin-pwa';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// vite reads the default export of this file alone.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  root: here('.'),
  base: './',
  build: {
    outDir: here('../dist/pwa'),
    emptyOutDir: true,
    target: 'es2022',
    // Older than `light-dark()`: the style sheet is written with it, and built without.
    cssTarget: ['chrome111', 'firefox115', 'safari16.4'],
    assetsInlineLimit: 0,
    // Every browser that runs the page knows it, and the policy has no name for what the polyfill does.
    modulePreload: { polyfill: false },
  },
  plugins: [
    compression({ algorithms: ['gzip', 'brotliCompress'] }),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'sw',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'],
        // For the question whether to install, which needs a network anyway.
        globIgnores: ['screenshots/**'],
      },
    }),
  ],
});
