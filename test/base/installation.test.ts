import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { pageFolder, version } from '../../server/base/installation.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

describe('installation', () => {
  it('knows the version of this release', () => {
    expect(version).to.equal(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
  });

  it('knows where the page is built to', () => {
    expect(pageFolder).to.equal(join(root, 'dist', 'pwa'));
  });
});
