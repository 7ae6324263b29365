import { once } from 'node:events';
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { patternToRegExp, readParams } from '../../../server/dialects/kit/route.ts';
import { mpush } from '../../../server/dialects/mpush/index.ts';
import { TOKEN, type WorldOptions, world } from '../../world.ts';

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

/** Everything that a client can tell two answers apart by, but for the date and the number of the message. */
async function ask(port: number, { method = 'GET', path, headers = {}, body }: Asked) {
  const asked = request({ host: '127.0.0.1', port, method, path, headers: { authorization: TOKEN, ...headers } });
  asked.end(body);
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  return {
    status: `${response.statusCode} ${response.statusMessage}`,
    headers: response.rawHeaders.map((value, index, all) => (all[index - 1] === 'Date' ? '' : value)),
    text: (await text(response)).replace(/"mid":"\d+"/, '"mid":""'),
  };
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const JSON_TYPE = { 'content-type': 'application/json' };
const CORS: WorldOptions = { config: { http: { cors: true } } };
const NAVIGATION = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };

const cases: [string, Asked, WorldOptions?][] = [
  ['a device that nobody knows', { path: '/nobody.send?text=a' }],
  ['a group without members', { path: '/nobody.group?text=a' }],
  ['no token', { path: '/a.send', headers: { authorization: '' } }],
  ['a token in the query', { path: `/a.send?token=${TOKEN}`, headers: { authorization: '' } }],
  ['a wrong token', { path: '/a.send', headers: { authorization: 'Bearer wrong' } }],
  ['a name beyond ASCII', { path: `/${encodeURIComponent('设备')}.send?text=%F0%9F%93%AE` }],
  ['a name that nobody may have', { path: `/${'x'.repeat(65)}.send` }],
  ['an escaped slash', { path: '/a%2Fb.send' }],
  ['bad escapes', { path: '/%ff.send?text=%ff' }],
  ['a bad wait', { path: '/a.send?wait=soon' }],
  ['a repeated parameter', { path: '/a.send?text=a&text=b&wait=0' }],
  ['a prefetch', { path: '/a.send', headers: { 'sec-purpose': 'prefetch' } }],
  ['a link preview', { path: '/a.send', headers: { 'user-agent': 'TelegramBot (like TwitterBot)' } }],
  ['another site', { path: '/a.send?text=<b>', headers: NAVIGATION }],
  ['another origin', { path: '/a.send', headers: { origin: 'http://page' } }, CORS],
  ['an origin beyond ASCII', { path: '/a.send', headers: { origin: 'http://\xe9' } }, CORS],
  ['no origin', { path: '/a.send?wait=soon' }, CORS],
  ['HEAD', { method: 'HEAD', path: '/a.send' }],
  ['OPTIONS', { method: 'OPTIONS', path: '/a.send', headers: { origin: 'http://page' } }, CORS],
  ['DELETE', { method: 'DELETE', path: '/a.send' }],
  ['a form', { method: 'POST', path: '/a.send?text=x', headers: FORM, body: 'text=a&desp=b' }],
  [
    'a form with the token',
    { method: 'POST', path: '/a.send', headers: { ...FORM, authorization: '' }, body: 'token=x' },
  ],
  ['JSON', { method: 'POST', path: '/a.group', headers: JSON_TYPE, body: '{"text":"a","wait":0}' }],
  ['a packet', { method: 'POST', path: '/a.send', headers: JSON_TYPE, body: '{"cmd":"TEST_HTTP"}' }],
  [
    'an AUTH packet',
    { method: 'POST', path: '/a.send', headers: JSON_TYPE, body: '{"cmd":"AUTH","data":{"token":""}}' },
  ],
  ['broken JSON', { method: 'POST', path: '/a.send', headers: JSON_TYPE, body: '{"text":' }],
  ['a body of an odd type', { method: 'POST', path: '/a.send', headers: { 'content-type': 'image/png' }, body: 'x' }],
  ['plain text', { method: 'PUT', path: '/a.send', headers: { 'content-type': 'text/plain' }, body: 'hello' }],
  [
    'a body that is too large',
    { method: 'POST', path: '/a.send', headers: { 'content-type': 'text/plain' }, body: 'x'.repeat(2000) },
    { config: { http: { maxBody: 1024 } } },
  ],
  ['the path below a prefix', { path: '/mpush/a.send?text=a' }, { config: { http: { basePath: '/mpush' } } }],
  ['a path beside the prefix', { path: '/a.send' }, { config: { http: { basePath: '/mpush' } } }],
];

describe('a send in front of koa', () => {
  for (const [name, asked, options] of cases) {
    it(`is answered byte by byte as behind it: ${name}`, async () => {
      const { http } = (await world(options)).relay.ports;
      // A url in absolute form is one that koa reads.
      const behind = await ask(http, { ...asked, path: `http://relay${asked.path}` });
      expect(await ask(http, asked)).to.deep.equal(behind);
    });
  }

  it('is slowed down by the address that a trusted proxy names, as behind koa', async () => {
    const { http } = (await world({ config: { http: { trustProxy: true, maxAuthFailures: 1 } } })).relay.ports;
    const from = (address: string, authorization: string) => ({
      path: '/a.send?text=x',
      headers: { 'x-forwarded-for': address, authorization },
    });
    await ask(http, from('10.0.0.1, 10.0.0.2', 'wrong'));
    const slowed = await ask(http, from('10.0.0.3, 10.0.0.2:4711', 'another'));
    expect(slowed.status).to.equal('429 Too Many Requests');
    expect(slowed).to.deep.equal(await ask(http, { ...from('10.0.0.2', 'third'), path: 'http://relay/a.send' }));
    expect((await ask(http, from('10.0.0.2, 10.0.0.1', 'another'))).status).to.equal('401 Unauthorized');
    expect((await ask(http, from('10.0.0.2', TOKEN))).status).to.equal('200 OK');
  });

  it('reaches its device, and outlives a sender that hangs up before the reply', async () => {
    const relay = await world();
    const device = await relay.device('phone');
    const asked = request(relay.url('/phone.send?text=a'), { headers: { authorization: TOKEN } }).end();
    asked.on('error', () => {});
    const { data } = await device.packet('MESSAGE');
    asked.destroy();
    device.send({ cmd: 'MESSAGE_CALLBACK', data: { mid: data.mid } });
    device.send({ cmd: 'PING', data: '' });
    await device.packet('PONG');
    expect((await relay.request('/nobody.send?text=x')).status).to.equal(200);
  });
});

describe('mpush.create', () => {
  it('answers sends of one segment in front of koa, and nothing else', async () => {
    const { routes = [] } = mpush.create(
      {
        onStatus: () => {},
        onRemoved: () => {},
        onKeyEnded: () => {},
        onTokensEnded: () => {},
      } as unknown as Parameters<typeof mpush.create>[0],
      { statusNames: {}, http: { maxBody: 1 } } as unknown as Parameters<typeof mpush.create>[1],
    );
    const fast = routes.filter((route) => route.fast === true).map(({ pattern }) => patternToRegExp(pattern));
    const paths = ['/a.send', '/a.group', '/.send', '/a%2Fb.send', '/', '/a', '/v1/a.send', '//a.send', '/a.send/'];
    const taken = paths.filter((path) => fast.some((regexp) => readParams(regexp, path) !== undefined));
    expect(taken).to.deep.equal(['/a.send', '/a.group', '/a%2Fb.send']);
  });
});
