import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Every Markdown file, relative to the checkout. */
function documents(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true }).map(String);
  const pages = inDocs.filter((name) => name.endsWith('.md'));
  const readmes = ['README.md', 'README.zh-CN.md', 'bench/README.md', 'server/dialects/README.md'];
  return ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...readmes, ...pages.map((name) => join('docs', name))];
}

/** The files and folders of the checkout that a text names in backticks; placeholders such as `test/<same path>` are none. */
function namedPaths(text: string): string[] {
  const named = [...text.matchAll(/`((?:server|pwa|shared|test|bench|docs|\.scripts|\.ci)\/[\w./-]*)`/g)];
  return named.map(([, path = '']) => path);
}

/** The targets of relative links and of images. */
function linkTargets(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const links = [...prose.matchAll(/\]\((?!https?:)([^)\s]+)\)/g), ...prose.matchAll(/src="([^"]+)"/g)];
  return links.map(([, target = '']) => target);
}

/** The fragments that links may name, as GitHub and the site make them from headings. */
function fragments(file: string): string[] {
  const headings = [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => title);
  return headings.map((title) =>
    title
      .replace(/\]\([^)]*\)/g, ']')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Whether a link leads somewhere. @param from the file that has the link */
function leadsSomewhere(from: string, target: string): boolean {
  const [path = '', fragment] = target.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(file)) return false;
  return fragment === undefined || fragments(file).includes(decodeURIComponent(fragment));
}

describe('the documents', () => {
  for (const file of documents()) {
    it(`${file} names only files that exist`, () => {
      const text = readFileSync(join(root, file), 'utf8');
      expect(namedPaths(text).filter((path) => !existsSync(join(root, path)))).to.deep.equal([]);
    });

    it(`${file} links only to what exists`, () => {
      const text = readFileSync(join(root, file), 'utf8');
      const missing = linkTargets(text).filter((target) => !leadsSomewhere(join(root, file), target));
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
