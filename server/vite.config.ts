// Bundles the relay and its commands into dist/server: one file for each part that loads on its own, instead of about
// 500 modules. See docs/decisions/0015-one-bundle-with-its-bytecode.md.
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { readScriptFiles } from './backends/redis/scripts.ts';
import { configJsonSchema } from './config/json-schema.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** V8 keeps a source text with two bytes for each character if a single one needs two. Escapes need one. */
function asciiOnly(): Plugin {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return {
    name: 'ascii-only',
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type === 'chunk') file.code = file.code.replace(/[\u0080-\uffff]/g, escaped);
      }
    },
  };
}

/** Makes the files CommonJS, and lets the first one load the others with their bytecode. */
function cached(): Plugin {
  return {
    name: 'cached',
    generateBundle(_options, bundle) {
      const { code } = bundle['main.js'] as { code: string };
      const [shebang = ''] = code.split('\n', 1);
      // With --enable-source-maps, Node maps positions back to the sources only in files that it loads itself.
      const start = `${shebang}
if (!process.sourceMapsEnabled) require = require('./code-cache.js').cachedRequire(require, __filename);`;
      Object.assign(bundle['main.js'] as object, { code: start + code.slice(shebang.length) });
      this.emitFile({ type: 'asset', fileName: 'package.json', source: '{ "type": "commonjs" }\n' });
    },
  };
}

// vite reads only the default export of this file.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  plugins: [asciiOnly(), cached()],
  root: here('.'),
  define: {
    'import.meta.configSchema': JSON.stringify(configJsonSchema()),
    'import.meta.redisScripts': JSON.stringify(readScriptFiles()),
  },
  // All packages are bundled but these: libsql is native, and pino-pretty is for terminals only.
  ssr: { noExternal: true, external: ['libsql', 'pino-pretty'] },
  build: {
    ssr: true,
    outDir: here('../dist/server'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    sourcemap: true,
    // The licenses of the bundled packages require their notices.
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: { main: here('main.ts'), run: here('cli/run.ts'), 'code-cache': here('base/code-cache.ts') },
      output: {
        format: 'cjs',
        dynamicImportInCjs: false,
        entryFileNames: '[name].js',
        chunkFileNames: '[name].js',
        comments: false,
      },
    },
  },
});
