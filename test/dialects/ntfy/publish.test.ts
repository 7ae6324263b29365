import { execFile } from 'node:child_process';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { sharedWorld } from '../../support/shared-world.ts';
import { openStream } from '../../support/stream-reader.ts';
import { TOKEN, type World } from '../../world.ts';

const AS_OWNER = { authorization: `Bearer ${TOKEN}` };
const run = promisify(execFile);

/** Everything stored of some topics. */
async function stored(relay: World, topics: string, query = '') {
  const { text } = await relay.request(`/${topics}/json?poll=1${query}`);
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

/** Sends a request as it is: `fetch` joins headers, and sets some. */
function raw(
  relay: World,
  path: string,
  headers: OutgoingHttpHeaders,
  body?: Buffer,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'PUT';
    const asked = httpRequest(relay.url(path), { method, headers: { ...AS_OWNER, ...headers } }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const put = (relay: World, path: string, body: BodyInit = '', headers: Record<string, string> = {}) =>
  relay.request(path, { method: 'PUT', body, headers });

describe('ntfy: publishing', () => {
  const relay = sharedWorld();

  it('tells a listener what is published, and answers with the message', async () => {
    const stream = await openStream(relay().url('/t1/json'), AS_OWNER);
    expect(stream.response.headers).to.include({
      'content-type': 'application/x-ndjson; charset=utf-8',
      'access-control-allow-origin': '*',
      'x-accel-buffering': 'no',
      'cache-control': 'no-store',
    });
    const open = await stream.next();
    expect(open.data).to.include({ event: 'open', topic: 't1' });
    const answer = await relay().request('/t1', { method: 'POST', body: 'hi <b>&' });
    expect(answer.status).to.equal(200);
    expect(answer.headers.get('content-type')).to.equal('application/json');
    expect(answer.text).to.match(
      /^\{"id":"[A-Za-z0-9]{12}","time":\d+,"expires":\d+,"event":"message","topic":"t1","message":"hi <b>&"\}\n$/,
    );
    expect(answer.json.expires - answer.json.time).to.equal(30 * 86_400);
    expect((await stream.next()).data).to.deep.equal(answer.json);
  });

  it('takes what curl sends, with a file by -T and a header in UTF-8', async () => {
    const args = ['-s', '-u', `:${TOKEN}`, '-H', 'Title: Grüße', '-H', 'Tags: a, b', '-d', 'hallo', relay().url('/t2')];
    const { stdout } = await run('curl', args);
    expect(JSON.parse(stdout)).to.include({ title: 'Grüße', message: 'hallo' });
    const upload = ['-s', '-H', `Authorization: Bearer ${TOKEN}`, '-H', 'Filename: a.txt', '-T', import.meta.filename];
    const file = JSON.parse((await run('curl', [...upload, relay().url('/t2')])).stdout);
    expect(file.attachment).to.include({ name: 'a.txt', type: 'text/plain; charset=utf-8' });
    expect(file.message).to.equal('You received a file: a.txt');
    expect((await relay().fetch(new URL(file.attachment.url).pathname)).text).to.include('describe(');
  });

  const FIELDS: readonly [what: string, headers: Record<string, string>, expected: object][] = [
    ['title and priority', { 'x-title': 'T', priority: 'urgent' }, { title: 'T', priority: 5, message: 'm' }],
    ['a priority of 3, which stays', { p: '3' }, { priority: 3 }],
    ['a priority of HTTP, which says nothing', { priority: 'u=1, i', prio: '4' }, { priority: 4 }],
    ['tags', { ta: ' warning ,, a;b' }, { tags: ['warning', 'a;b'] }],
    [
      'click and icon',
      { click: 'mailto:a@b.c', icon: 'https://e.com/i.png' },
      { click: 'mailto:a@b.c', icon: 'https://e.com/i.png' },
    ],
    ['markdown', { md: 'yes' }, { content_type: 'text/markdown' }],
    ['markdown by its type', { 'content-type': 'text/markdown' }, { content_type: 'text/markdown' }],
    ['encoded words', { title: '=?utf-8?B?8J+YgA==?= =?UTF-8?Q?_a=C3=BC?=' }, { title: '😀 aü' }],
    ['another charset, which stays', { title: '=?koi8-r?B?8J+YgA==?=' }, { title: '=?koi8-r?B?8J+YgA==?=' }],
    [
      'an attached address',
      { attach: 'https://e.com/x/flower.jpg' },
      { attachment: { name: 'flower.jpg', url: 'https://e.com/x/flower.jpg' } },
    ],
    [
      'a name for it',
      { attach: 'https://e.com/', filename: 'b.png' },
      { attachment: { name: 'b.png', url: 'https://e.com/' } },
    ],
    ['a sequence', { sid: 'job-1' }, { sequence_id: 'job-1' }],
    ['a word of a proxy, which is no', { 'x-cache': 'MISS' }, {}],
  ];
  for (const [what, headers, expected] of FIELDS) {
    it(`reads ${what}, and gives it back from the history`, async () => {
      const topic = `f${FIELDS.findIndex(([one]) => one === what)}`;
      const { json } = await put(relay(), `/${topic}`, 'm', headers);
      expect(json).to.deep.include({ message: 'm', ...expected });
      expect(await stored(relay(), topic)).to.deep.equal([json]);
    });
  }

  it('reads the query in lower case only, after the headers', async () => {
    const { json } = await put(relay(), '/q1?title=a+b&Priority=5&message=x%5Cny&tags=%C3%BC', '', { title: 'H' });
    expect(json).to.deep.include({ title: 'H', message: 'x\ny', tags: ['ü'] });
    expect(json.priority).to.equal(undefined);
  });

  it('reads bytes that are not UTF-8 as U+FFFD, and of repeated headers the first', async () => {
    const { text } = await raw(relay(), '/raw1', { Title: ['f\xfcr', 'second'] }, Buffer.from('x'));
    expect(JSON.parse(text).title).to.equal('f\ufffdr');
  });

  it('keeps what it can and invents nothing: no title, long texts, no text', async () => {
    const long = 'a'.repeat(300);
    expect((await put(relay(), '/n1', long)).json).to.not.have.property('title');
    expect((await put(relay(), '/n1', 'two\nlines')).json).to.not.have.property('title');
    expect((await put(relay(), '/n1')).json.message).to.equal('triggered');
    expect((await put(relay(), '/n1', '', { title: 'only' })).json).to.include({ title: 'only', message: 'triggered' });
    expect((await stored(relay(), 'n1')).map(({ message }) => message)).to.deep.equal([
      long,
      'two\nlines',
      'triggered',
      'triggered',
    ]);
  });

  it('shows a form and JSON as they are, and takes a longer body for a file', async () => {
    const form = await put(relay(), '/b1', 'a=1&b=2', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.json.message).to.equal('a=1&b=2');
    const object = await put(relay(), '/b1', '{"a":1}', { 'content-type': 'application/json' });
    expect(object.json.message).to.equal('{"a":1}');
    expect((await put(relay(), '/b1', 'x'.repeat(4096))).json.message).to.have.length(4096);
    const { json } = await put(relay(), '/b1', 'x'.repeat(4097));
    expect(json.attachment).to.include({ name: 'attachment.txt', size: 4097 });
    const picture = Buffer.from('89504e470d0a1a0a0000', 'hex');
    const shown = (await put(relay(), '/b1', picture)).json;
    expect(shown.attachment).to.include({ name: 'attachment.png', type: 'image/png' });
    const app = (await put(relay(), '/b1', Buffer.from('PK\x03\x04'), { filename: 'a.apk' })).json;
    expect(app.attachment.type).to.equal('application/vnd.android.package-archive');
    expect(shown.attachment.url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/file\/[0-9A-Za-z]{32}\.png$/);
  });

  it('takes JSON at /, before headers and query', async () => {
    const body = JSON.stringify({
      ...{ topic: 'j1', message: 'm', tags: ['a'], priority: 4, markdown: true, click: null, cache: 'no' },
      actions: [{ action: 'view', label: 'Open', url: 'https://e.com' }],
    });
    const { json } = await put(relay(), '/?priority=1', body, { 'x-tags': 'z', 'x-icon': 'https://e.com/i.png' });
    expect(json).to.deep.include({
      topic: 'j1',
      message: 'm',
      tags: ['a'],
      priority: 4,
      content_type: 'text/markdown',
    });
    expect(json).to.include({ icon: 'https://e.com/i.png' });
    expect(json).to.not.have.property('expires');
    expect(json.actions[0]).to.deep.include({ action: 'view', label: 'Open', url: 'https://e.com', clear: false });
    expect(json.actions[0].id).to.match(/^[A-Za-z0-9]{10}$/);
    expect(await stored(relay(), 'j1'), 'without cache').to.deep.equal([]);
  });

  it('leaves packets of mpush to mpush, also where ntfy takes JSON', async () => {
    for (const path of ['/', '/j2']) {
      const { text, status } = await relay().post({ cmd: 'TEST_HTTP' }, { headers: {} });
      expect([status, text], path).to.deep.equal([200, '']);
    }
    expect((await put(relay(), '/j2', '{"cmd":"ELSE"}', { 'content-type': 'application/json' })).json.message).to.equal(
      '{"cmd":"ELSE"}',
    );
  });

  it('sends by GET, but not what a browser fetches ahead or another site opens', async () => {
    const path = '/g1/publish?message=hi&t=T&priority=high';
    expect((await relay().request(path)).json).to.include({ message: 'hi', title: 'T', priority: 4 });
    expect((await relay().request('/g1/send')).json.message).to.equal('triggered');
    expect((await relay().request('/g1/trigger')).json.message).to.equal('triggered');
    for (const headers of [
      { 'sec-purpose': 'prefetch' },
      { 'user-agent': 'Slackbot 1.0' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' },
    ]) {
      expect(JSON.parse((await raw(relay(), path, headers)).text).code).to.equal(40301);
    }
    expect(
      (await relay().request('/g1', { method: 'POST', body: 'x', headers: { 'user-agent': 'Synapse/1.2' } })).status,
    ).to.equal(200);
    expect(await stored(relay(), 'g1')).to.have.length(4);
    // `POST` to the words is a sequence.
    expect((await relay().request('/g1/send', { method: 'POST', body: 'x' })).json.sequence_id).to.equal('send');
  });

  it('works below /ntfy, whatever other dialects have', async () => {
    const { json } = await put(relay(), '/ntfy/health1/job', 'x', { title: 'T' });
    expect(json).to.include({ topic: 'health1', sequence_id: 'job' });
    expect((await put(relay(), '/ntfy', '{"topic":"health1","message":"j"}')).json.message).to.equal('j');
    const { text } = await relay().request('/ntfy/health1/json?poll=1');
    expect(text.trim().split('\n')).to.have.length(2);
    expect((await relay().request('/ntfy/v1/health')).json).to.deep.equal({ healthy: true });
  });

  it('is answered in the same way when it is repeated with its key, and stored once', async () => {
    const headers = { 'idempotency-key': 'once', filename: 'a.txt' };
    const first = (await put(relay(), '/idem', 'hello', headers)).json;
    const again = (await put(relay(), '/idem', 'hello', headers)).json;
    expect(again).to.deep.equal(first);
    expect(await stored(relay(), 'idem')).to.deep.equal([first]);
    expect((await relay().fetch(new URL(first.attachment.url).pathname)).text).to.equal('hello');
    const other = (await put(relay(), '/idem', 'else', { 'idempotency-key': 'once' })).json;
    expect(other).to.include({ code: 40900, http: 409 });
  });

  it('is no topic where it is the text of a key', async () => {
    const body = JSON.stringify({ name: 'in-path', send: ['*'], receive: ['*'] });
    const made = await relay().request('/v1/keys', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect((await put(relay(), `/${made.json.key}`, 'x')).status).to.not.equal(200);
    // Bark has keys in its paths. This key has no target of its own.
    const answer = await relay().request(`/${made.json.key}/json?poll=1`);
    expect(answer.status).to.equal(400);
    expect(answer.json.message).to.match(/^failed to get device token/);
  });

  it('goes to the device and the members of the group of that name, each once', async () => {
    const one = await relay().device('both', { group: 'all' });
    const two = await relay().device('member', { group: ['both', 'all'] });
    const three = await relay().device('self', { group: 'self' });
    await put(relay(), '/both', 'hello', { title: 'T' });
    for (const device of [one, two]) {
      const { data } = await device.packet('MESSAGE');
      expect(data).to.include({ target: 'both' });
      expect(data.message).to.deep.include({ text: 'T', desp: 'hello' });
      expect(data.message.extra).to.deep.equal({ markdown: 0 });
    }
    await put(relay(), '/self', 'once');
    await three.packet('MESSAGE');
    await three.settle();
    expect(three.frames.filter((frame) => frame.includes('once'))).to.have.length(1);
    expect((await stored(relay(), 'both,self,all')).map(({ message }) => message)).to.deep.equal(['hello', 'once']);
  });

  it('tells what other dialects send to that name', async () => {
    const stream = await openStream(relay().url('/watched/json'), AS_OWNER);
    await stream.next();
    await relay().request('/watched.send?text=Title&desp=Body&priority=high&scheme=https%3A%2F%2Fe.com&tags=a&wait=0');
    await relay().request('/watched.group?text=only&markdown=0&image=https%3A%2F%2Fe.com%2Fp%2Fcat.png&wait=0');
    const { id, time, expires, ...rest } = (await stream.next()).data;
    expect([typeof id, typeof time, typeof expires]).to.deep.equal(['string', 'number', 'number']);
    expect(rest).to.deep.equal({
      ...{ event: 'message', topic: 'watched', title: 'Title', message: 'Body', priority: 4, tags: ['a'] },
      ...{ click: 'https://e.com', content_type: 'text/markdown' },
    });
    const second = (await stream.next()).data;
    expect(second).to.deep.include({
      message: 'only',
      attachment: { name: 'cat.png', url: 'https://e.com/p/cat.png' },
    });
    expect(second).to.not.have.any.keys('title', 'content_type');
  });

  it('keeps nothing of what mpush sends to an unknown name', async () => {
    await relay().request('/unknown1.send?text=x&wait=0');
    expect(await stored(relay(), 'unknown1')).to.deep.equal([]);
  });
});
