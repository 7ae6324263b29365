// Builds the page and its service worker into dist/pwa, which the relay serves at `/`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { nameToEmoji } from 'gemoji';
import { defineConfig, type Plugin } from 'vite';
import { compression } from 'vite-plugin-compression2';
import { VitePWA } from 'vite-plugin-pwa';

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
);

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Replaces the gemoji package with a table of names and emoji, which is much smaller. */
function emojiTable(): Plugin {
  const id = '\0gemoji';
  const pairs = Object.entries(nameToEmoji).flat().join(' ');
  const code = `const words = ${JSON.stringify(pairs)}.split(' ');
export const nameToEmoji = {};
for (let at = 0; at < words.length; at += 2) nameToEmoji[words[at]] = words[at + 1];`;
  return {
    name: 'emoji-table',
    enforce: 'pre',
    resolveId: (source) => (source === 'gemoji' ? id : undefined),
    load: (module) => (module === id ? code : undefined),
  };
}

// vite reads only the default export of this file.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  root: here('.'),
  base: './',
  define: { __VERSION__: JSON.stringify(manifest.version) },
  build: {
    outDir: here('../dist/pwa'),
    emptyOutDir: true,
    target: 'es2022',
    // The style sheet uses `light-dark()`, which these browsers lack. The build replaces it.
    cssTarget: ['chrome111', 'firefox115', 'safari16.4'],
    assetsInlineLimit: 0,
    // The packages in the page ask for that.
    license: { fileName: 'licenses.md' },
    // All these browsers support module preload, and the page's policy forbids the polyfill.
    modulePreload: { polyfill: false },
  },
  plugins: [
    emojiTable(),
    compression({ algorithms: ['gzip', 'brotliCompress'] }),
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'sw',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: ['**/*.{js,css,html,svg,png,webmanifest}'],
        // The browser shows screenshots only in its install prompt, which needs a network.
        globIgnores: ['screenshots/**'],
      },
    }),
  ],
});
