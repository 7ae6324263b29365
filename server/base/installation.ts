// Finds the folder of this installation, from the sources as well as from the build.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function find(): URL {
  // Two folders below the root are server/base/ and dist/server/. The benchmarks run dist/modules/server/base/.
  for (const path of ['../../', '../../../../']) {
    const root = new URL(path, import.meta.url);
    if (existsSync(new URL('package.json', root))) return root;
  }
  throw new Error('package.json is missing');
}

/** The folder of this installation. */
export const root: URL = find();

/** The version of this release, such as `1.2.3`. */
export const version: string = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')).version;

/** The folder of the built page. */
export const pageFolder: string = fileURLToPath(new URL('dist/pwa', root));

/** The folder of the built documentation. */
export const docsFolder: string = fileURLToPath(new URL('dist/docs', root));
