import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every Markdown file that speaks of the sources, relative to the checkout. */
function documents(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true }).map(String);
  const pages = inDocs.filter((name) => name.endsWith('.md'));
  const readmes = ['bench/README.md', 'server/dialects/README.md'];
  return ['CONTRIBUTING.md', 'SECURITY.md', ...readmes, ...pages.map((name) => join('docs', name))];
}

/** The files and folders of the checkout that a text names in backticks; placeholders such as `test/<same path>` are none. */
function namedPaths(text: string): string[] {
  const named = [...text.matchAll(/`((?:server|pwa|shared|test|bench|docs|\.scripts|\.ci)\/[\w./-]*)`/g)];
  return named.map(([, path = '']) => path);
}

/** The targets of relative links, without their fragments. */
function linkTargets(text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)];
  return links.map(([, target = '']) => target);
}

describe('the documents for developers', () => {
  for (const file of documents()) {
    it(`${file} names only files that exist`, () => {
      const text = readFileSync(join(root, file), 'utf8');
      expect(namedPaths(text).filter((path) => !existsSync(join(root, path)))).to.deep.equal([]);
    });

    it(`${file} links only to files that exist`, () => {
      const text = readFileSync(join(root, file), 'utf8');
      const missing = linkTargets(text).filter((target) => !existsSync(join(root, dirname(file), target)));
      expect(missing).to.deep.equal([]);
    });
  }

  it('name a test that exists', () => {
    const text = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
    const [, file = '', name = ''] = /npm test -- (\S+) -g (\S+)/.exec(text) ?? [];
    expect(readFileSync(join(root, file), 'utf8')).to.match(new RegExp(`it\\('[^']*${name}`));
  });

  it('describe every room of the relay', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
    const rooms = readdirSync(join(root, 'server'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(rooms.map(({ name }) => `server/${name}`).filter((room) => !text.includes(`\`${room}`))).to.deep.equal([]);
  });

  it('list every decision', () => {
    const list = readFileSync(join(root, 'docs/decisions/README.md'), 'utf8');
    const records = readdirSync(join(root, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));
    expect(records).to.not.be.empty;
    expect(records.filter((name) => !list.includes(`(${name})`))).to.deep.equal([]);
  });
});
