// The version of this release, as package.json has it.
import { readFileSync } from 'node:fs';

function read(): string {
  // Two folders up from the sources, three from dist/server/cli.
  for (const path of ['../../package.json', '../../../package.json']) {
    try {
      const { version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string };
      return version;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('package.json is missing');
}

/** Such as `1.2.3`. */
export const version: string = read();
