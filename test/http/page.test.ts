import { expect } from 'chai';
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
