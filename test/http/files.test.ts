import { expect } from 'chai';
import { readRange } from '../../server/http/files.ts';
import { forSuite } from '../support/cleanup.ts';
import { TOKEN, world } from '../world.ts';

describe('readRange', () => {
  const RANGES: readonly (readonly [header: string, range: ReturnType<typeof readRange>])[] = [
    ['bytes=0-3', [0, 3]],
    ['bytes=2-', [2, 9]],
    ['bytes=-4', [6, 9]],
    ['bytes=-40', [0, 9]],
    ['bytes=5-500', [5, 9]],
    ['bytes=10-', 'none'],
    ['bytes=-0', 'none'],
    ['bytes=3-2', undefined],
    ['bytes=0-1,4-5', undefined],
    ['bytes=-', undefined],
    ['items=0-1', undefined],
    ['bytes=0-99999999999999999999', undefined],
    ['', undefined],
  ];
  for (const [header, range] of RANGES) {
    it(`reads ${JSON.stringify(header)}`, () => {
      expect(readRange(header, 10)).to.deep.equal(range);
    });
  }
});

describe('GET /file/<id>', () => {
  const relay = forSuite(() => world());
  const upload = async (body: string, name: string) => {
    const { json } = await relay().request(`/v1/files?name=${encodeURIComponent(name)}`, { method: 'PUT', body });
    return new URL(json.url).pathname;
  };

  it('sends the file to whoever knows the address, and lets it do nothing', async () => {
    const path = await upload('<script>alert(1)</script>', 'a"\u{1f600}.html');
    const { status, headers, text } = await relay().fetch(path);
    expect([status, text]).to.deep.equal([200, '<script>alert(1)</script>']);
    expect(Object.fromEntries(headers)).to.include({
      'content-type': 'text/plain; charset=utf-8',
      'content-length': '25',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'access-control-allow-origin': '*',
      'accept-ranges': 'bytes',
      'content-disposition': `inline; filename="a___.html"; filename*=UTF-8''a%22%F0%9F%98%80.html`,
    });
    expect(headers.get('cache-control')).to.match(/^private, max-age=\d+, immutable$/);
  });

  it('answers HEAD, parts, and what a browser has already', async () => {
    const path = await upload('0123456789', 'a.txt');
    const head = await relay().fetch(path, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length'), head.text]).to.deep.equal([200, '10', '']);
    const etag = head.headers.get('etag') ?? '';
    const get = (headers: Record<string, string>) => relay().fetch(path, { headers });
    const part = await get({ range: 'bytes=2-4' });
    expect([part.status, part.text, part.headers.get('content-range')]).to.deep.equal([206, '234', 'bytes 2-4/10']);
    expect(await get({ range: 'bytes=8-', 'if-range': etag })).to.include({ status: 206, text: '89' });
    expect(await get({ range: 'bytes=8-', 'if-range': '"other"' })).to.include({ status: 200, text: '0123456789' });
    const behind = await get({ range: 'bytes=10-' });
    expect([behind.status, behind.headers.get('content-range')]).to.deep.equal([416, 'bytes */10']);
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      expect(await get({ 'if-none-match': known })).to.include({ status: 304, text: '' });
    }
    expect(await relay().fetch(path.replace(/\.txt$/, ''))).to.include({ status: 200 });
  });

  it('sends an empty file', async () => {
    const path = await upload('', 'empty.txt');
    expect(await relay().fetch(path)).to.include({ status: 200, text: '' });
  });

  for (const path of [
    '/file',
    '/file/',
    `/file/${'a'.repeat(32)}.png`,
    '/file/..%2f..%2fkeys.json',
    '/file/%00',
    '/file/a.json',
  ]) {
    it(`finds nothing at ${path}`, async () => {
      expect((await relay().fetch(path)).json).to.include({ code: 'not_found' });
    });
  }

  it('tells nothing of the facts beside a file', async () => {
    const path = await upload('x', 'a.txt');
    expect((await relay().fetch(path.replace(/\.txt$/, '.json'))).text).to.equal('x');
  });
});

describe('/v1/files', () => {
  const relay = forSuite(() => world({ config: { attachments: { maxSize: 100 } } }));

  it('tells the attachment for a message', async () => {
    const { status, json } = await relay().request('/v1/files?name=a.txt', { method: 'POST', body: 'hello' });
    expect(status).to.equal(201);
    expect(json).to.include({ name: 'a.txt', type: 'text/plain; charset=utf-8', size: 5 });
    expect(json.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/file\/[0-9A-Za-z]{32}\.txt$/);
  });

  it('removes a file again', async () => {
    const { json } = await relay().request('/v1/files', { method: 'PUT', body: 'x' });
    const { pathname } = new URL(json.url);
    const own = `/v1${pathname.replace('/file/', '/files/')}`;
    expect(await relay().fetch(own, { method: 'DELETE' })).to.include({ status: 401 });
    expect(await relay().request(own, { method: 'DELETE' })).to.include({ status: 200 });
    expect(await relay().fetch(pathname)).to.include({ status: 404 });
    expect(await relay().request(own, { method: 'DELETE' })).to.include({ status: 404 });
  });

  it('refuses strangers, large files and compressed ones', async () => {
    const put = (init: RequestInit) => relay().fetch('/v1/files', { method: 'PUT', body: 'x', ...init });
    expect(await put({})).to.include({ status: 401 });
    expect(await put({ headers: { authorization: 'wrong' } })).to.include({ status: 401 });
    const headers = { authorization: TOKEN };
    expect(await put({ headers, body: 'x'.repeat(101) })).to.include({ status: 413 });
    const chunks = { headers, body: new Blob(['x'.repeat(101)]).stream(), duplex: 'half' } as RequestInit;
    expect(await put(chunks)).to.include({ status: 413 });
    expect(await put({ headers: { ...headers, 'content-encoding': 'gzip' } })).to.include({ status: 415 });
  });
});
