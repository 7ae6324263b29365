// How the page and its service worker are built: into dist/pwa, which the relay serves at `/`.
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

/** Puts names and emoji alone in the place of the package, which has descriptions and key words beside them. */
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
    // Older than `light-dark()`: the style sheet is written with it, and built without.
    cssTarget: ['chrome111', 'firefox115', 'safari16.4'],
    assetsInlineLimit: 0,
    // Every browser that runs the page knows it, and the policy has no name for what the polyfill does.
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
        // For the question whether to install, which needs a network anyway.
        globIgnores: ['screenshots/**'],
      },
    }),
  ],
});
