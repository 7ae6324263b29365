import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { docsFolder } from '../../server/base/installation.ts';
import type { HttpRequest } from '../../server/dialects/kit/http-message.ts';
import { docsRoute } from '../../server/http/page.ts';
import { forSuite } from '../support/cleanup.ts';
import { tempDir } from '../support/temp-dir.ts';
import { world } from '../world.ts';

describe('GET /', () => {
  it('serves the page with a strict policy', async () => {
    const relay = await world();
    const { status, headers, text } = await relay.fetch('/');
    expect(status).to.equal(200);
    expect(headers.get('content-type')).to.match(/^text\/html/);
    expect(text).to.match(/<title>Herald/);
    const policy = headers.get('content-security-policy');
    expect(policy).to.include("default-src 'none'").and.to.include("script-src 'self';");
    expect(policy).to.include("require-trusted-types-for 'script'").and.to.not.include('unsafe-');
    expect(headers.get('cache-control')).to.equal('no-cache');
    expect(headers.get('referrer-policy')).to.equal('no-referrer');
  });

  it('serves files with hashes in their names compressed, and lets browsers cache them forever', async () => {
    const relay = await world();
    const [, script = ''] = /src="\.(\/assets\/[^"]+\.js)"/.exec((await relay.fetch('/')).text) ?? [];
    const { status, headers } = await relay.fetch(script, { headers: { 'accept-encoding': 'br' } });
    expect(status).to.equal(200);
    expect(headers.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect(headers.get('content-encoding')).to.equal('br');
  });

  it('answers HEAD, and leaves all other paths to the dialects', async () => {
    const relay = await world();
    expect((await relay.fetch('/', { method: 'HEAD' })).status).to.equal(200);
    expect((await relay.request('/nothing.html')).json.data).to.equal('pathname verify error: /nothing.html');
    expect((await relay.request('/../package.json')).status).to.equal(404);
    expect((await relay.request('/assets/..%2f..%2f..%2fpackage.json')).status).to.equal(404);
  });

  it('is served below the prefix, with a slash at the end', async () => {
    const relay = await world({ config: { http: { basePath: '/mpush' } } });
    const { status, headers } = await relay.fetch('/mpush');
    expect([status, headers.get('location')]).to.deep.equal([302, '/mpush/']);
    expect((await relay.fetch('/mpush/')).text).to.match(/<title>Herald/);
    expect((await relay.fetch('/')).status).to.equal(404);
  });
});

describe('GET /docs', () => {
  const relay = forSuite(() => world());

  /** The addresses that a page links to or loads, as a browser resolves them. */
  function linksOf(html: string, page: string): string[] {
    const found = [...html.matchAll(/ (?:href|src)="([^"#]*)(?:#[^"]*)?"/g)].map(([, target = '']) => target);
    return found.filter((target) => !/^https?:/.test(target)).map((target) => new URL(target, page).href);
  }

  it('serves pages that lead only to what exists, in both languages', async () => {
    const start = relay().url('/docs/');
    const seen = new Set([start]);
    for (const address of seen) {
      const response = await fetch(address);
      expect([response.status, response.redirected], address).to.deep.equal([200, false]);
      const text = await response.text();
      if (!/^text\/html/.test(response.headers.get('content-type') ?? '')) continue;
      for (const link of linksOf(text, address)) seen.add(link);
    }
    const pages = [...seen].map((address) => new URL(address).pathname);
    expect(pages).to.include.members(['/docs/ask', '/docs/zh/ask', '/docs/reference-config', '/docs/zh/']);
    expect(pages.filter((page) => !page.startsWith('/docs/'))).to.deep.equal([]);
  });

  it('names no other host, and has the words of every language for its search', async () => {
    const { text } = await relay().fetch('/docs/');
    expect(text).not.to.match(/(?:href|src)="(?:https?:)?\/\//);
    const files = await readdir(join(docsFolder, 'assets', 'chunks'));
    expect(files.filter((file) => /^@localSearchIndex.*\.js$/.test(file))).to.have.length(2);
  });

  it('is served with a strict policy, compressed, and kept by browsers as the page is', async () => {
    const { headers, text } = await relay().fetch('/docs/ask', { headers: { 'accept-encoding': 'gzip' } });
    expect(headers.get('content-encoding')).to.equal('gzip');
    expect(headers.get('cache-control')).to.equal('no-cache');
    const policy = headers.get('content-security-policy');
    expect(policy).to.include("script-src 'self';").and.to.include('trusted-types vue').and.to.not.include('unsafe-');
    expect(text).not.to.match(/<script>|<script (?![^>]*src=)| style="| on\w+="/);
    const [, script = ''] = /src="\.(\/assets\/app[^"]+)"/.exec(text) ?? [];
    const { headers: kept } = await relay().fetch(`/docs${script}`);
    expect(kept.get('cache-control')).to.equal('public, max-age=31536000, immutable');
    expect((await relay().fetch('/docs/assets/first.js')).headers.get('cache-control')).to.equal('no-cache');
  });

  it('leads to the right address, also below a prefix that it does not know', async () => {
    const location = async (path: string) => (await relay().fetch(path)).headers.get('location');
    expect(await location('/docs')).to.equal('docs/');
    expect(await location('/docs/zh')).to.equal('zh/');
    expect(await location('/docs/ask/')).to.equal('../ask');
    expect(await location('/docs/zh/ask/')).to.equal('../ask');
  });

  it('answers 404 for other paths, with the way to all pages', async () => {
    for (const [path, up] of [
      ['/docs/nothing', './'],
      ['/docs/zh/nothing', '../'],
      ['/docs/..%2f..%2fpackage.json', './'],
    ] as const) {
      const { status, text } = await relay().fetch(path);
      expect([status, /href="([^"]*)"/.exec(text)?.[1]], path).to.deep.equal([404, up]);
    }
  });

  it('takes no name from devices', async () => {
    expect((await relay().request('/docs.send?text=hi')).json.data.status).to.deep.equal({ docs: 'no' });
    const { status } = await relay().request('/docs', { method: 'PUT', body: 'hi' });
    expect(status, 'a topic cannot be called docs').to.equal(400);
  });

  it('says that it is being built', async () => {
    const route = docsRoute(join(await tempDir(), 'none'));
    const answer = await route.answer({ path: '/docs/' } as HttpRequest, []);
    expect(answer).to.include({ status: 503 });
  });
});
