import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';

const PAGE = fileURLToPath(new URL('../../../dist/pwa', import.meta.url));
const LIMIT = 60 * 1024;

/** The scripts that `index.html` names, and those which they import before they run. */
async function firstScripts(): Promise<ReadonlyMap<string, number>> {
  const html = await readFile(join(PAGE, 'index.html'), 'utf8');
  const named = [...html.matchAll(/(?:src|href)="\.\/(assets\/[^"]+\.js)"/g)].map(([, path = '']) => path);
  const sizes = new Map<string, number>();
  for (let path = named.pop(); path !== undefined; path = named.pop()) {
    if (sizes.has(path)) continue;
    const code = await readFile(join(PAGE, path));
    sizes.set(path, gzipSync(code, { level: 9 }).length);
    for (const [, next = ''] of code.toString().matchAll(/\b(?:from|import)\s*["'`]\.\/([^"'`]+\.js)["'`]/g)) {
      named.push(`assets/${next}`);
    }
  }
  return sizes;
}

describe('the first load', () => {
  it('loads at most 60 KB of compressed JavaScript', async () => {
    const sizes = await firstScripts();
    expect(sizes.size).to.be.greaterThan(0);
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    expect(total, JSON.stringify([...sizes])).to.be.within(1, LIMIT);
  });

  it('has a service worker that is a classic script, since browsers refuse others', async () => {
    const code = await readFile(join(PAGE, 'sw.js'), 'utf8');
    expect(() => new Script(code)).to.not.throw();
    expect(code).to.not.match(/\bimport\s*\(/);
  });

  it('has no inline script or style, and loads nothing from other origins', async () => {
    const html = await readFile(join(PAGE, 'index.html'), 'utf8');
    expect(html).to.not.match(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?:/i);
  });
});
