import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { TOKEN, world } from '../../world.ts';
import { open, type RawRequest, raw, readAll, target } from './requests.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const MULTIPART = { 'content-type': 'multipart/form-data; boundary=XX' };
const MIB = 2 ** 20;

/** Every request is refused with one of these statuses and an INFO packet, and changes nothing. */
async function refusesAll(requests: readonly RawRequest[], statuses: readonly number[]): Promise<void> {
  const { relay, unharmed } = await target();
  for (const request of requests) {
    const answer = await raw(relay, request);
    const what = `${request.method ?? 'GET'} ${request.path} ${String(request.body ?? '').slice(0, 80)}`;
    expect(answer.status, `${what}: ${answer.text}`).to.be.oneOf(statuses);
    const { cmd, data } = JSON.parse(answer.text);
    expect(cmd, what).to.be.oneOf(['INFO', 'AUTH']);
    if (cmd === 'INFO') expect(data, what).to.be.a('string').and.not.equal('internal error');
    expect(answer.text, what).not.to.match(/ at |\.ts:|node:/);
  }
  await unharmed();
}

const post = (packet: unknown, path = '/'): RawRequest => ({
  method: 'POST',
  path,
  headers: JSON_TYPE,
  body: typeof packet === 'string' ? packet : JSON.stringify(packet),
});

describe('hostile requests', () => {
  const odd: readonly unknown[] = [
    null,
    true,
    0,
    1,
    -1,
    '',
    [],
    [[]],
    {},
    { toString: 1 },
    { valueOf: null },
    { length: 3 },
  ];

  it('with the wrong type in every field of a packet are refused', async () => {
    const requests = odd.flatMap((value) => [
      post({ cmd: value }),
      post({ cmd: 'AUTH', data: value }),
      post({ cmd: 'AUTH', data: { token: value, name: 'x' } }),
      post({ cmd: 'AUTH', data: { token: value, name: value, group: value } }),
      post({ cmd: 'MESSAGE', data: value }),
      post({ cmd: 'MESSAGE', data: { sendType: value, target: 'a' } }),
      post({ cmd: 'MESSAGE_CALLBACK', data: value }),
      post({ cmd: 'MESSAGE_WEBPUSH_CALLBACK', data: { mid: value } }),
      post({ cmd: 'REGISTER_FCM', data: { token: value } }),
      post({ cmd: 'REGISTER_WEBPUSH', data: { endpoint: value, keys: value } }),
    ]);
    await refusesAll(requests, [400, 401, 403]);
  });

  it('with the wrong type in a push registration of a device are refused', async () => {
    const { relay, device, unharmed } = await target();
    for (const value of odd) {
      for (const data of [
        value,
        { token: value },
        { endpoint: value, keys: {} },
        { endpoint: 'https://x.example/', keys: value },
      ]) {
        for (const cmd of ['REGISTER_FCM', 'REGISTER_WEBPUSH']) {
          const answer = await raw(relay, post({ cmd, auth: device.auth, data }));
          expect(answer.status, `${cmd} ${JSON.stringify(data)}: ${answer.text}`).to.equal(400);
        }
      }
    }
    const { json } = await relay.request('/v1/devices');
    expect(json.devices[0].routes).to.deep.equal(['websocket']);
    await unharmed();
  });

  it('with keys of every object are taken for what they say', async () => {
    const { relay, device } = await target();
    const message =
      '{"__proto__":{"text":"x"},"constructor":1,"text":{"toString":1},"extra":{"__proto__":{"a":1},"constructor":{"prototype":{"b":1}},"toString":null}}';
    const answer = await raw(
      relay,
      post(
        `{"cmd":"MESSAGE","__proto__":{"auth":"x"},"data":{"sendType":"personal","target":"a","message":${message}}}`,
      ),
    );
    expect(answer.status, answer.text).to.equal(200);
    const frame = (await device.next()).replace(/"mid":"\d+"/, '"mid":""');
    expect(frame).to.include(
      '"message":{"text":"[object Object]","desp":"","extra":{"__proto__":{"a":1},"constructor":{"prototype":{"b":1}},"toString":null}}',
    );
    expect(({} as { a?: unknown }).a).to.equal(undefined);
    const byPath = await raw(relay, post('{"text":{"toString":1},"__proto__":{"x":1},"hasOwnProperty":2}', '/a.send'));
    expect(byPath.status, byPath.text).to.equal(200);
    expect(await device.next()).to.include('"extra":{"__proto__":{"x":1},"hasOwnProperty":2}');
  });

  it('in the query are taken for text', async () => {
    const { relay, device } = await target();
    const answer = await raw(relay, { path: '/a.send?__proto__=1&text=%C3%BF%00&toString=&a[b]=c&=x&%ZZ=%ZZ' });
    expect(answer.status, answer.text).to.equal(200);
    const { message } = (await device.packet('MESSAGE')).data;
    expect(message.text).to.equal('ÿ\u0000');
    expect(JSON.stringify(message.extra)).to.equal('{"__proto__":"1","toString":"","a[b]":"c","":"x","%ZZ":"%ZZ"}');
  });

  it('nested 100,000 deep are refused', async () => {
    const deep = '['.repeat(100_000);
    const closed = `${deep}${']'.repeat(100_000)}`;
    const object = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    const requests = [
      deep,
      closed,
      object,
      `{"cmd":"MESSAGE","data":{"sendType":"personal","target":"a","message":{"extra":${object}}}}`,
    ];
    await refusesAll(
      requests.flatMap((body) => [post(body), post(body, '/a.send')]),
      [400],
    );
  });

  it('of one byte more than maxBody are refused, whatever their type', async () => {
    const body = 'x'.repeat(MIB + 1);
    const types = [{}, JSON_TYPE, FORM, { 'content-type': 'text/plain' }];
    const requests = types.flatMap((headers) => [
      { method: 'POST', path: '/a.send', headers, body },
      { method: 'PUT', path: '/a.send', headers: { ...headers, 'transfer-encoding': 'chunked' }, body },
      { method: 'POST', path: '/', headers, body },
    ]);
    // A file may be longer, but not the fields beside it.
    const field = `--XX\r\nContent-Disposition: form-data; name="text"\r\n\r\n${body}\r\n--XX--\r\n`;
    requests.push({ method: 'POST', path: '/a.send', headers: MULTIPART, body: field });
    await refusesAll(requests, [413]);
  });

  it('that are compressed are refused', async () => {
    const body = gzipSync(JSON.stringify({ text: 'x'.repeat(10_000) }));
    const requests = ['gzip', 'br', 'deflate', 'gzip, gzip'].flatMap((encoding) => [
      { method: 'POST', path: '/a.send', headers: { ...JSON_TYPE, 'content-encoding': encoding }, body },
      { method: 'POST', path: '/', headers: { ...JSON_TYPE, 'content-encoding': encoding }, body },
    ]);
    await refusesAll(requests, [415]);
  });

  it('that are no UTF-8, or not what they say, are refused', async () => {
    const bytes = [
      Uint8Array.of(0xff, 0xfe, 0x00),
      Uint8Array.of(0xc0, 0x80),
      Uint8Array.of(0xed, 0xa0, 0x80),
      Uint8Array.of(0xe4, 0xbd),
    ];
    const requests = bytes.flatMap((body) => [
      { method: 'POST', path: '/a.send', headers: { 'content-type': 'text/plain' }, body },
      { method: 'POST', path: '/a.send', headers: JSON_TYPE, body },
      { method: 'POST', path: '/a.send', headers: FORM, body },
      { method: 'PUT', path: '/a.send', body },
    ]);
    await refusesAll(requests, [400]);
  });

  it('with a broken multipart body are refused', async () => {
    const bodies = [
      '',
      '--XX',
      '--XX\r\n',
      '--XX\r\nContent-Disposition: form-data; name="text"\r\n\r\nx',
      '--XX\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--X',
      '--YY\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n--YY--\r\n',
      `--XX\r\n${'A: b\r\n'.repeat(5000)}\r\n\r\n--XX--\r\n`,
      '\u0000'.repeat(1000),
    ];
    const requests = bodies.map((body) => ({ method: 'POST', path: '/a.send', headers: MULTIPART, body }));
    const boundaries = [
      'multipart/form-data',
      'multipart/form-data; boundary=',
      'multipart/form-data; boundary="',
      'multipart/mixed; boundary=XX',
    ];
    const others = boundaries.map((type) => ({
      method: 'POST',
      path: '/a.send',
      headers: { 'content-type': type },
      body: '--XX--\r\n',
    }));
    await refusesAll([...requests, ...others], [400, 415]);
  });

  it('on odd paths are refused', async () => {
    const paths = [
      '/%00.send',
      '/%',
      '/%.send',
      '/..%2f..%2fetc%2fpasswd.send',
      '/%2e%2e/a.send',
      '//',
      '//a.send',
      '/a;.send/..',
      '/.send',
      `/${'x'.repeat(4000)}.send`,
      '/%F0%9F.send',
      '/a%0d%0ax.send',
      '/\\a.group/',
    ];
    await refusesAll(
      paths.map((path) => ({ path })),
      [400, 404],
    );
  });
});

describe('bodies of whoever has shown no token yet', () => {
  const LARGE = 'x'.repeat(60_000);
  const form = (token: string) => ({ method: 'POST', body: new URLSearchParams({ token, text: 'hi', desp: LARGE }) });

  it('are bounded for each address, and those with a right token do not count', async () => {
    const relay = await world({ config: { http: { maxUnproven: 65_536, maxAuthFailures: 1000 } } });
    for (let n = 0; n < 3; n += 1) expect((await relay.fetch('/a.send?wait=0', form(TOKEN))).status).to.equal(200);
    expect((await relay.fetch('/a.send?wait=0', form('wrong'))).status).to.equal(401);
    const refused = await relay.fetch('/a.send?wait=0', form(TOKEN));
    expect(refused.status).to.equal(429);
    expect(refused.json.data).to.equal(
      'too many bytes without a proof; send the token in the authorization header to avoid this limit',
    );
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 60);
    const short = { method: 'POST', body: new URLSearchParams({ token: TOKEN, text: 'hi' }) };
    expect((await relay.fetch('/a.send?wait=0', short)).status, 'a short one').to.equal(200);
    const inHeader = { method: 'POST', body: LARGE };
    expect((await relay.request('/a.send?wait=0', inHeader)).status, 'the token in a header').to.equal(200);
  });

  it('are not read where the header has a wrong token', async () => {
    const relay = await world();
    const socket = await open(relay);
    const answer = readAll(socket);
    socket.write(
      'POST /a.send HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\nContent-Length: 900000\r\nConnection: close\r\n\r\n{',
    );
    expect(await answer).to.match(/^HTTP\/1\.1 401 /);
  });
});
